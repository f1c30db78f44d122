import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { InputFileError, readTextFile } from '../files/input-file';
import { writeWholeFile } from '../files/write-whole-file';
import { isJsonObject } from '../files/strict-json';
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
    const settingsFile = path.join(folder, SETTINGS_FILE);
    await mkdir(folder, { recursive: true });
    const known = await readIfThere(settingsFile, MAX_SETTINGS_BYTES);
    if (known !== undefined && digest(known) !== digest(text)) {
      throw new EvaluationError(
        `${folder} holds an evaluation with other settings (${SETTINGS_FILE} says which); choose another folder with --out, or delete it.`,
      );
    }
    if (known === undefined) await writeWholeFile(settingsFile, [Buffer.from(text)]);
    const found: PictureResult[] = [];
    for (const name of (await readdir(folder)).filter((each) => RESULTS_FILES.test(each)).sort()) {
      const lines = (await readIfThere(path.join(folder, name), MAX_RESULTS_BYTES)) ?? '';
      if (name === resultsFile(job) && lines !== '' && !lines.endsWith('\n'))
        await appendFile(path.join(folder, name), '\n');
      found.push(...parseResults(lines));
    }
    return new EvaluationResults(path.join(folder, resultsFile(job)), found);
  }

  get(decoder: string, number: number): PictureResult | undefined {
    return this.results.get(keyOf(decoder, number));
  }

  async add(result: PictureResult): Promise<void> {
    await appendFile(this.file, `${JSON.stringify(result)}\n`);
    this.results.set(keyOf(result.decoder, result.number), result);
  }
}

/** @throws EvaluationError when it is there and is no regular text file of at most `maxBytes` */
async function readIfThere(file: string, maxBytes: number): Promise<string | undefined> {
  if (!existsSync(file)) return undefined;
  try {
    return await readTextFile(file, maxBytes);
  } catch (cause) {
    if (!(cause instanceof InputFileError)) throw cause;
    throw new EvaluationError(`${file}: ${cause.problem}; choose another folder with --out.`, { cause });
  }
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
