import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { decodeText, InputFileError, parseJson, readJsonFile } from '../files/input-file';
import { PRECISIONS, type WeightPrecision } from '../protocol';
import { BenchmarkError } from './benchmark-error';
import { BENCHMARK_FORMAT, BENCHMARK_VERSION } from './benchmark-report';
import type { ComparedResult, EarlierBenchmark } from './regression';
import type { Spread } from './spread';

/** Limit far above any report. A larger file was named by mistake. */
const MAX_BYTES = 4 << 20;
const MAX_DEPTH = 12;
const MAX_ITEMS = 1000;
const MAX_TEXT = 500;

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
  return new BenchmarkError(`${cause.file}: ${cause.problem}; measure anew, or name another file.`, {
    cause,
  });
}

function describeBenchmark(value: unknown, file: string): EarlierBenchmark {
  const root = new Field(value, file, '');
  if (root.at('format').value !== BENCHMARK_FORMAT)
    throw new BenchmarkError(
      `${file} holds no figures of "zipar bench": its "format" is not "${BENCHMARK_FORMAT}".`,
    );
  if (root.at('version').value !== BENCHMARK_VERSION)
    throw new BenchmarkError(
      `${file} was written by another version of "zipar bench" (its "version" is not ${BENCHMARK_VERSION}); measure anew.`,
    );
  const [versions, machine, model] = [root.at('versions'), root.at('machine'), root.at('model')];
  const [rows, columns] = model.at('grid').list((side) => side.integer(1, 1024));
  if (rows === undefined || columns === undefined) throw model.at('grid').error('must be [rows, columns]');
  return {
    measuredAt: root.at('measuredAt').text(),
    versions: {
      version: versions.at('version').text(),
      onnxruntime: versions.at('onnxruntime').text(),
      node: versions.at('node').text(),
    },
    machine: {
      platform: machine.at('platform').text(),
      processor: machine.at('processor').text(),
      threads: machine.at('threads').integer(1, 1 << 16),
      memoryBytes: machine.at('memoryBytes').amount(),
    },
    model: {
      name: model.at('name').text(),
      grid: [rows, columns],
      weightBytes: model.at('weightBytes').amount(),
      guidance: model.at('guidance').amount(),
    },
    rounds: root.at('rounds').integer(1, 1 << 16),
    results: root.at('results').list(parseResult),
  };
}

function parseResult(result: Field): ComparedResult {
  return {
    provider: result.at('provider').text(),
    device: result.at('device').value === null ? null : result.at('device').text(),
    precision: parsePrecision(result.at('precision')),
    threads: result.at('threads').integer(1, 1 << 16),
    loadMs: parseSpread(result.at('loadMs')),
    peakBytes: parseSpread(result.at('peakBytes')),
    copyBandwidth: parseSpread(result.at('copyBandwidth')),
    steps: result.at('steps').list((step) => ({
      tokens: step.at('tokens').integer(1, 1 << 20),
      ms: parseSpread(step.at('ms')),
    })),
    cache: result.at('cache').list((cache) => ({
      length: cache.at('length').integer(1, 1 << 20),
      ms: parseSpread(cache.at('ms')),
    })),
    pictures: result.at('pictures').list((picture) => ({
      window: picture.at('window').integer(1, 1024),
      steps: picture.at('steps').integer(1, 1 << 20),
      ms: parseSpread(picture.at('ms')),
    })),
    imageMs: result.at('imageMs').value === null ? null : parseSpread(result.at('imageMs')),
  };
}

function parsePrecision(field: Field): WeightPrecision {
  const known = PRECISIONS.find((precision) => precision === field.value);
  if (known === undefined || known === 'auto') throw field.error('must be a precision of weights');
  return known;
}

function parseSpread(field: Field): Spread {
  const spread = {
    median: field.at('median').amount(),
    low: field.at('low').amount(),
    high: field.at('high').amount(),
  };
  if (spread.low > spread.median || spread.median > spread.high)
    throw field.error('must have its median between low and high');
  return spread;
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** A value somewhere in a JSON file. Messages name the file and the path to the value in it. */
class Field {
  constructor(
    readonly value: unknown,
    private readonly file: string,
    private readonly name: string,
  ) {}

  error(what: string): BenchmarkError {
    const said = this.value === undefined ? 'missing' : JSON.stringify(this.value).slice(0, 100);
    return new BenchmarkError(`${this.file}: "${this.name}" ${what}; it is ${said}.`);
  }

  at(name: string): Field {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value))
      throw this.name === ''
        ? new BenchmarkError(`${this.file} must hold a JSON object.`)
        : this.error('must be an object');
    const value = Object.hasOwn(this.value, name)
      ? (this.value as Readonly<Record<string, unknown>>)[name]
      : undefined;
    return new Field(value, this.file, this.name === '' ? name : `${this.name}.${name}`);
  }

  list<T>(parse: (item: Field) => T): T[] {
    if (!Array.isArray(this.value) || this.value.length > MAX_ITEMS)
      throw this.error(`must be a list of at most ${MAX_ITEMS}`);
    return this.value.map((item: unknown, i) => parse(new Field(item, this.file, `${this.name}[${i}]`)));
  }

  text(): string {
    if (typeof this.value !== 'string' || this.value.length > MAX_TEXT)
      throw this.error(`must be a text of at most ${MAX_TEXT} characters`);
    return this.value;
  }

  integer(min: number, max: number): number {
    if (!Number.isInteger(this.value) || Number(this.value) < min || Number(this.value) > max)
      throw this.error(`must be an integer from ${min} to ${max}`);
    return Number(this.value);
  }

  /** A number of 0 or more. */
  amount(): number {
    if (typeof this.value !== 'number' || !(this.value >= 0 && this.value < Infinity))
      throw this.error('must be a number of 0 or more');
    return this.value;
  }
}
