import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { decodeText, InputFileError, parseJson, readJsonFile } from '../files/input-file';
import { JsonFields } from '../files/json-fields';
import { PRECISIONS } from '../protocol';
import { BenchmarkError } from './benchmark-error';
import { BENCHMARK_FORMAT, BENCHMARK_VERSION } from './benchmark-report';
import type { ComparedResult, EarlierBenchmark } from './regression';
import type { Spread } from './spread';
import { inEnglish } from '../protocol/sentence';

/** Limit far above any report. A larger file was named by mistake. */
const MAX_BYTES = 4 << 20;
const MAX_DEPTH = 12;
const MAX_ITEMS = 1000;
const MAX_TEXT = 500;
const WEIGHT_PRECISIONS = PRECISIONS.filter((precision) => precision !== 'auto');

/** An earlier report, and the file that holds it. */
export interface EarlierFile {
  readonly file: string;
  readonly benchmark: EarlierBenchmark;
}

/**
 * Reads the reports to compare with: one file, or every `.json` in a folder.
 * @throws BenchmarkError naming the file and what is wrong with it
 */
export async function readBenchmarks(name: string): Promise<EarlierFile[]> {
  const found = await stat(name).catch((cause: unknown) => {
    throw new BenchmarkError(`${name} cannot be read (${reason(cause)}).`, { cause });
  });
  if (!found.isDirectory()) return [{ file: name, benchmark: await readBenchmark(name) }];
  const files = (await readdir(name)).filter((file) => file.endsWith('.json')).sort();
  return Promise.all(
    files.map(async (file) => {
      const full = path.join(name, file);
      return { file: full, benchmark: await readBenchmark(full) };
    }),
  );
}

async function readBenchmark(file: string): Promise<EarlierBenchmark> {
  try {
    return describeBenchmark(await readJsonFile(file, { maxBytes: MAX_BYTES, maxDepth: MAX_DEPTH }), file);
  } catch (cause) {
    throw cause instanceof InputFileError ? unreadable(cause) : cause;
  }
}

/** Parses a report. @param file name for messages @throws BenchmarkError naming the file and the field */
export function parseBenchmark(bytes: Uint8Array, file: string): EarlierBenchmark {
  try {
    return describeBenchmark(parseJson(decodeText(bytes, file), file, MAX_DEPTH), file);
  } catch (cause) {
    throw cause instanceof InputFileError ? unreadable(cause) : cause;
  }
}

function unreadable(cause: InputFileError): BenchmarkError {
  return new BenchmarkError(
    `${cause.file}: ${inEnglish(cause.problem)}; measure anew, or name another file.`,
    {
      cause,
    },
  );
}

function describeBenchmark(value: unknown, file: string): EarlierBenchmark {
  const root = new JsonFields(value, (problem) => new BenchmarkError(`${file}: ${inEnglish(problem)}.`));
  if (root.raw('format') !== BENCHMARK_FORMAT)
    throw new BenchmarkError(
      `${file} holds no figures of "zipar bench": its "format" is not "${BENCHMARK_FORMAT}".`,
    );
  if (root.raw('version') !== BENCHMARK_VERSION)
    throw new BenchmarkError(
      `${file} was written by another version of "zipar bench" (its "version" is not ${BENCHMARK_VERSION}); measure anew.`,
    );
  const [versions, machine, model] = [root.object('versions'), root.object('machine'), root.object('model')];
  const [rows, columns] = model.integers('grid', 1, 1024);
  if (rows === undefined || columns === undefined) throw model.error('grid', 'must be [rows, columns]');
  return {
    measuredAt: root.anyText('measuredAt', MAX_TEXT),
    versions: {
      version: versions.anyText('version', MAX_TEXT),
      onnxruntime: versions.anyText('onnxruntime', MAX_TEXT),
      node: versions.anyText('node', MAX_TEXT),
    },
    machine: {
      platform: machine.anyText('platform', MAX_TEXT),
      processor: machine.anyText('processor', MAX_TEXT),
      threads: machine.integer('threads', 1, 1 << 16),
      memoryBytes: machine.amount('memoryBytes'),
    },
    model: {
      name: model.anyText('name', MAX_TEXT),
      grid: [rows, columns],
      weightBytes: model.amount('weightBytes'),
      guidance: model.amount('guidance'),
    },
    rounds: root.integer('rounds', 1, 1 << 16),
    results: root.objects('results', MAX_ITEMS).map(parseResult),
  };
}

function parseResult(result: JsonFields): ComparedResult {
  return {
    provider: result.anyText('provider', MAX_TEXT),
    device: result.raw('device') === null ? null : result.anyText('device', MAX_TEXT),
    precision: result.oneOf('precision', WEIGHT_PRECISIONS),
    threads: result.integer('threads', 1, 1 << 16),
    loadMs: parseSpread(result, 'loadMs'),
    peakBytes: parseSpread(result, 'peakBytes'),
    copyBandwidth: parseSpread(result, 'copyBandwidth'),
    steps: result.objects('steps', MAX_ITEMS).map((step) => ({
      tokens: step.integer('tokens', 1, 1 << 20),
      ms: parseSpread(step, 'ms'),
    })),
    cache: result.objects('cache', MAX_ITEMS).map((cache) => ({
      length: cache.integer('length', 1, 1 << 20),
      ms: parseSpread(cache, 'ms'),
    })),
    pictures: result.objects('pictures', MAX_ITEMS).map((picture) => ({
      window: picture.integer('window', 1, 1024),
      ...(picture.raw('lookahead') !== undefined && { lookahead: picture.integer('lookahead', 2, 1024) }),
      steps: picture.integer('steps', 1, 1 << 20),
      ms: parseSpread(picture, 'ms'),
    })),
    imageMs: result.raw('imageMs') === null ? null : parseSpread(result, 'imageMs'),
  };
}

function parseSpread(parent: JsonFields, name: string): Spread {
  const fields = parent.object(name);
  const spread = { median: fields.amount('median'), low: fields.amount('low'), high: fields.amount('high') };
  if (spread.low > spread.median || spread.median > spread.high)
    throw parent.error(name, 'must have its median between low and high');
  return spread;
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
