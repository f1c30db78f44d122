import { createHash } from 'node:crypto';
import { appendFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { InputFileError, readTextFile } from '../files/input-file';
import { isJsonObject } from '../files/strict-json';
import { systemReason } from '../files/system-reason';
import { makeFolder, OutputFileError, writeNewFile } from '../files/write-whole-file';
import { EvaluationError } from './evaluation-error';

/** One picture by one decoder. */
export interface PictureResult {
  /** Label of the decoder. */
  readonly decoder: string;
  /** 0-based; pictures of one number share prompt and seed. */
  readonly number: number;
  /** Forward passes, the prompt's included. */
  readonly steps: number;
  /** Wall time of decoding, ms. */
  readonly ms: number;
  /** [H*W] in raster order. */
  readonly tokens: readonly number[];
  /** Mean negative log-likelihood of the tokens under the raster model, nats a token. */
  readonly nll: number;
  /** Expectations of the prompt in their order, met or not; empty without a judge. */
  readonly met: readonly boolean[];
  /** Of the judge; empty without one. */
  readonly features: readonly number[];
}

/** Of each process that shares in the evaluation, so that no two append to one file. */
function resultsFile(job: number): string {
  return job === 0 ? 'results.jsonl' : `results-${job}.jsonl`;
}
const RESULTS_FILES = /^results(-\d+)?\.jsonl$/;
const SETTINGS_FILE = 'settings.json';
const MAX_SETTINGS_BYTES = 16 << 20;
/** 100,000 pictures of 1,000 tokens; a text in JavaScript cannot be longer. */
const MAX_RESULTS_BYTES = 500 << 20;

/**
 * What an evaluation found so far, in a folder of its own: a line a picture, appended as soon as it is known, so that an
 * evaluation that was interrupted goes on where it stopped.
 */
export class EvaluationResults {
  private readonly results = new Map<string, PictureResult>();

  private constructor(
    private readonly file: string,
    found: readonly PictureResult[],
  ) {
    for (const result of found) this.results.set(keyOf(result.decoder, result.number), result);
  }

  /**
   * Reads what all processes found.
   * @param settings everything that results depend on; a folder with results of other settings is refused
   * @param job whose file new results are appended to
   * @throws EvaluationError
   */
  static async open(folder: string, settings: object, job = 0): Promise<EvaluationResults> {
    const text = `${JSON.stringify(settings, undefined, 2)}\n`;
    const file = path.join(folder, resultsFile(job));
    try {
      await makeFolder(folder);
      const known = await claimSettings(path.join(folder, SETTINGS_FILE), text);
      if (digest(known) !== digest(text)) {
        throw new EvaluationError(
          `${folder} holds an evaluation with other settings (${SETTINGS_FILE} says which); choose another folder with --out, or delete it.`,
        );
      }
      await appendFile(file, ''); // what cannot be written is said before the first picture
      return new EvaluationResults(file, await readResults(folder, file));
    } catch (error) {
      if (error instanceof EvaluationError) throw error;
      if (error instanceof InputFileError) {
        const problem = `${error.file}: ${error.problem}; choose another folder with --out.`;
        throw new EvaluationError(problem, { cause: error });
      }
      const cause = error instanceof OutputFileError ? error.cause : error;
      throw new EvaluationError(
        `${folder} cannot hold an evaluation: ${systemReason(cause)}. Choose another folder with --out.`,
        { cause: error },
      );
    }
  }

  get(decoder: string, number: number): PictureResult | undefined {
    return this.results.get(keyOf(decoder, number));
  }

  /** @throws Error when the result cannot be appended */
  async add(result: PictureResult): Promise<void> {
    try {
      await appendFile(this.file, `${JSON.stringify(result)}\n`);
    } catch (cause) {
      throw new Error(
        `${this.file} could not be written: ${systemReason(cause)}. What was made before is kept; the same command goes on from there.`,
        { cause },
      );
    }
    this.results.set(keyOf(result.decoder, result.number), result);
  }
}

/** Writes the settings unless another process has; returns those that are there. */
async function claimSettings(file: string, text: string): Promise<string> {
  return (await writeNewFile(file, [Buffer.from(text)])) ? text : readTextFile(file, MAX_SETTINGS_BYTES);
}

/** @param own file whose last line may be cut short; the next result goes on a line of its own */
async function readResults(folder: string, own: string): Promise<PictureResult[]> {
  const found: PictureResult[] = [];
  for (const name of (await readdir(folder)).filter((each) => RESULTS_FILES.test(each)).sort()) {
    const file = path.join(folder, name);
    const lines = await readTextFile(file, MAX_RESULTS_BYTES);
    if (file === own && lines !== '' && !lines.endsWith('\n')) await appendFile(file, '\n');
    found.push(...parseResults(lines));
  }
  return found;
}

function keyOf(decoder: string, number: number): string {
  return `${decoder}/${number}`;
}

/** The last line of an interrupted evaluation may be cut short: it is left out and made again. */
function parseResults(text: string): PictureResult[] {
  const results: PictureResult[] = [];
  for (const line of text.split('\n')) {
    try {
      const value: unknown = JSON.parse(line);
      if (isPictureResult(value)) results.push(value);
    } catch {
      continue;
    }
  }
  return results;
}

function isPictureResult(value: unknown): value is PictureResult {
  if (!isJsonObject(value)) return false;
  const { decoder, number, steps, ms, nll, tokens, met, features } = value;
  return (
    typeof decoder === 'string' &&
    [number, steps, ms, nll].every((each) => typeof each === 'number') &&
    [tokens, met, features].every(Array.isArray)
  );
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
