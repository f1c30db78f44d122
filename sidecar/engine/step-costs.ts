import { cpus } from 'node:os';
import path from 'node:path';
import { buildVersions } from '../build-versions';
import type { StepBounds } from '../decoding/decoder';
import { PassCosts } from '../decoding/pass-costs';
import type { GridShape } from '../decoding/token-grid';
import { cacheFolder } from '../files/cache-folder';
import { InputFileError, readJsonFile } from '../files/input-file';
import { JsonFields } from '../files/json-fields';
import { makeFolder, writeWholeFile } from '../files/write-whole-file';
import type { ExecutionOptions } from '../runtime/runtime';
import type { RunPast } from './run-past';
import type { Said } from '../protocol/sentence';

/** Mean time of a step, ms, by its number of tokens. */
type StepTimes = Readonly<Record<string, number>>;

/** Models and places whose costs are kept. */
const MAX_KEYS = 100;
/** Numbers of tokens whose times are kept for each. */
const MAX_COUNTS = 64;
const LIMITS = { maxBytes: 1 << 20, maxDepth: 4 };

/** The key of a model's costs: all that a step's time depends on. */
export function stepCostsKey({
  weights,
  execution,
  isGuided,
}: {
  readonly weights: string;
  readonly execution: ExecutionOptions;
  readonly isGuided: boolean;
}): string {
  const { provider, threads, precision } = execution;
  const place = `${cpus()[0]?.model.trim() ?? 'unknown'}, ${provider}, ${threads} threads, ONNX Runtime ${buildVersions().onnxruntime}`;
  return `${weights.slice(0, 24)}, ${precision ?? 'stored'}, ${isGuided ? 'guided' : 'not guided'}, ${place}`;
}

/**
 * The time that a run's steps will take, ms, as earlier runs of this machine measured them; undefined where none did.
 * Where the settings tell bounds only, it is the time of the number of steps in the middle.
 */
export async function expectedDecodeMs({
  steps,
  grid,
  costsKey,
  past,
}: {
  readonly steps: StepBounds;
  readonly grid: GridShape;
  readonly costsKey: string;
  readonly past: RunPast | undefined;
}): Promise<number | undefined> {
  const times = (await readCosts())[costsKey];
  if (!times || Object.keys(times).length === 0) return undefined;
  const costs = new PassCosts(() => 0);
  for (const [tokens, ms] of Object.entries(times)) costs.record(Number(tokens), ms);
  const cells = grid.height * grid.width;
  const decided = past ? past.tokens.filter((token) => token >= 0).length : 0;
  return costs.expectedRunMs((steps.least + steps.most) / 2, cells) * (1 - decided / cells);
}

/** Adds newer times of a model's steps to those that are kept. @throws OutputFileError, HomeFolderError */
export async function addStepTimes(key: string, newest: StepTimes): Promise<void> {
  const { [key]: earlier = {}, ...others } = await readCosts();
  const times = Object.fromEntries(Object.entries({ ...earlier, ...newest }).slice(-MAX_COUNTS));
  const kept = [...Object.entries(others).slice(1 - MAX_KEYS), [key, times] as const];
  await makeFolder(cacheFolder());
  await writeWholeFile(costsFile(), [Buffer.from(`${JSON.stringify(Object.fromEntries(kept), null, 1)}\n`)]);
}

function costsFile(): string {
  return path.join(cacheFolder(), 'step-costs.json');
}

/** The costs that earlier runs kept, by key; empty where the file is missing or damaged. */
async function readCosts(): Promise<Readonly<Record<string, StepTimes>>> {
  try {
    const content = new JsonFields(await readJsonFile(costsFile(), LIMITS), damaged);
    return Object.fromEntries(content.names().map((key) => [key, timesIn(content.raw(key))]));
  } catch {
    return {};
  }
}

/** @throws InputFileError when a time is none */
function timesIn(value: unknown): StepTimes {
  const fields = new JsonFields(value, damaged);
  return Object.fromEntries(fields.names().map((tokens) => [tokens, fields.amount(tokens)]));
}

function damaged(problem: Said): InputFileError {
  return new InputFileError('The times of steps', problem, 'They are measured again.');
}
