import { createHash } from 'node:crypto';
import { appendFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { InputFileError, readTextFile } from '../files/input-file';
import { isJsonObject, parseStrictJsonText, StrictJsonError } from '../files/strict-json';
import { systemReason } from '../files/system-reason';
import { makeFolder, OutputFileError, writeNewFile } from '../files/write-whole-file';
import { EvaluationError } from './evaluation-error';
import { inEnglish } from '../protocol/sentence';

/** The result of one picture by one decoder. */
export interface PictureResult {
  /** Label of the decoder. */
  readonly decoder: string;
  /** Number of the picture, 0-based. Pictures with the same number share prompt and seed. */
  readonly number: number;
  /** Steps, the prompt's included. */
  readonly steps: number;
  /** Wall time of decoding, ms. */
  readonly ms: number;
  /** [H*W] in raster order. */
  readonly tokens: readonly number[];
  /** Mean negative log-likelihood of the tokens under the raster model, nats a token. */
  readonly nll: number;
  /** Whether each expectation of the prompt is met, in the order of the prompt; empty without a judge. */
  readonly met: readonly boolean[];
  /** Features that the judge computed; empty without a judge. */
  readonly features: readonly number[];
}

/** The results file of one process of the evaluation. Each process has its own, so that no two append to one file. */
function resultsFile(job: number): string {
  return job === 0 ? 'results.jsonl' : `results-${job}.jsonl`;
}
const RESULTS_FILES = /^results(-\d+)?\.jsonl$/;
const SETTINGS_FILE = 'settings.json';
const MAX_SETTINGS_BYTES = 16 << 20;
/** Enough for 100,000 pictures of 1,000 tokens. A text in JavaScript cannot be longer. */
const MAX_RESULTS_BYTES = 500 << 20;
/** Levels of objects and lists in a result. */
const MAX_DEPTH = 4;

/**
 * The results of an evaluation so far, in a folder of its own. Each picture is one line, which is appended as soon as it is
 * known. So an interrupted evaluation continues where it stopped.
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
   * Reads the results of all processes.
   * @param settings everything that results depend on; a folder with results of other settings is refused
   * @param job number of the process whose file gets the new results
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
      await appendFile(file, ''); // an unwritable file is reported before the first picture
      return new EvaluationResults(file, await readResults(folder, file));
    } catch (error) {
      if (error instanceof EvaluationError) throw error;
      if (error instanceof InputFileError) {
        const problem = `${error.file}: ${inEnglish(error.problem)}; choose another folder with --out.`;
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

  /** Appends a result. @throws Error when it cannot be appended */
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

/** Writes the settings unless another process has written them. Returns the settings in the file. */
async function claimSettings(file: string, text: string): Promise<string> {
  return (await writeNewFile(file, [Buffer.from(text)])) ? text : readTextFile(file, MAX_SETTINGS_BYTES);
}

/** @param own the file whose last line may be cut short; the next result then begins a new line */
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

/**
 * Parses results. The last line of an interrupted evaluation may be cut short. It is left out, and its picture is made
 * again.
 */
function parseResults(text: string): PictureResult[] {
  const results: PictureResult[] = [];
  for (const line of text.split('\n')) {
    const value = parseLine(line);
    if (isPictureResult(value)) results.push(value);
  }
  return results;
}

function parseLine(line: string): unknown {
  try {
    return parseStrictJsonText(line, MAX_DEPTH);
  } catch (error) {
    if (error instanceof StrictJsonError) return undefined;
    throw error;
  }
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
