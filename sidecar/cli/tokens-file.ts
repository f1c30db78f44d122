import type { GridShape } from '../decoding/token-grid';
import { InputFileError, parseJson, readJsonFile } from '../files/input-file';
import { JsonFields } from '../files/json-fields';
import { isJsonObject } from '../files/strict-json';
import { readStandardInput } from './standard-input';
import { UsageError } from './usage-error';
import { inEnglish } from '../protocol/sentence';

/** Limits far above the JSON of any grid. A larger file was named by mistake. */
const JSON_LIMITS = { maxBytes: 64 << 20, maxDepth: 16 };

/** Tokens of a picture, as the user gives them. */
export interface GivenTokens {
  /** Name of the file as the user wrote it, for messages. */
  readonly file: string;
  /** In raster order; integers of 0 or more, not yet checked against a model. */
  readonly tokens: Int32Array;
  /** The grid that the file states, if it states one. */
  readonly grid: GridShape | undefined;
  /** What the user should know about how the file was read. */
  readonly notices: readonly string[];
}

/**
 * Reads tokens from JSON in one of three forms:
 * - a list of integers in raster order;
 * - an object with `tokens`, and optionally `grid` [rows, columns], such as `zipar generate --json` prints;
 * - an object with a list `runs` of such objects. The first one is taken.
 *
 * @param name a file, or `-` for standard input
 * @throws UsageError naming the file and what is wrong with it
 */
export async function readTokensFile(name: string): Promise<GivenTokens> {
  const file = name === '-' ? 'Standard input' : name;
  const content = await readJson(name, file);
  const runs = isJsonObject(content) && content.tokens === undefined ? content.runs : undefined;
  const [first] = Array.isArray(runs) ? (runs as readonly unknown[]) : [];
  const run = first ?? content;
  const notices =
    Array.isArray(runs) && runs.length > 1
      ? [`${file} holds ${runs.length} runs; the tokens are those of the first.`]
      : [];
  return {
    file,
    tokens: tokensOf(isJsonObject(run) ? run.tokens : run, file),
    grid: isJsonObject(run) ? gridOf(run, file) : undefined,
    notices,
  };
}

/**
 * Checks that the tokens fit a grid and a codebook, and returns them.
 * @param codebookSize tokens are 0..codebookSize-1
 * @throws UsageError naming the file and the number that is wrong
 */
export function checkTokens(
  { file, tokens }: GivenTokens,
  { height, width }: GridShape,
  codebookSize: number,
): Int32Array {
  if (tokens.length !== height * width) {
    throw new UsageError(
      `${file} holds ${tokens.length} tokens where a grid of ${height}x${width} takes ${height * width}.`,
    );
  }
  const wrong = tokens.findIndex((token) => token >= codebookSize);
  if (wrong >= 0) {
    throw new UsageError(
      `${file}: token ${wrong} is ${tokens[wrong] ?? NaN}, outside the model's 0..${codebookSize - 1}.`,
    );
  }
  return tokens;
}

async function readJson(name: string, described: string): Promise<unknown> {
  try {
    if (name !== '-') return await readJsonFile(name, JSON_LIMITS);
    const text = await readStandardInput(described, JSON_LIMITS.maxBytes);
    return parseJson(text, described, JSON_LIMITS.maxDepth);
  } catch (cause) {
    if (cause instanceof InputFileError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
}

function tokensOf(value: unknown, file: string): Int32Array {
  if (!Array.isArray(value) || value.length === 0) {
    throw new UsageError(
      `${file} holds no tokens: it must be a JSON list of integers, or an object with such a list as "tokens".`,
    );
  }
  const items: readonly unknown[] = value;
  const wrong = items.findIndex(
    (item) => !Number.isInteger(item) || Number(item) < 0 || Number(item) >= 2 ** 31,
  );
  if (wrong >= 0) {
    throw new UsageError(
      `${file}: token ${wrong} is ${JSON.stringify(items[wrong]).slice(0, 100)}, not an integer of 0 or more.`,
    );
  }
  return Int32Array.from(items, Number);
}

function gridOf(run: Readonly<Record<string, unknown>>, file: string): GridShape | undefined {
  const fields = new JsonFields(run, (problem) => new UsageError(`${file}: ${inEnglish(problem)}.`));
  const grid = fields.present('grid', (name) => fields.integers(name, 1, 1024));
  if (!grid) return undefined;
  const [height, width, ...more] = grid;
  if (height === undefined || width === undefined || more.length > 0)
    throw fields.error('grid', 'must be [rows, columns]');
  return { height, width };
}
