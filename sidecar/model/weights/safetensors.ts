import { isJsonObject, parseStrictJson, StrictJsonError } from '../../files/strict-json';
import {
  isWeightDType,
  tensorByteLength,
  type TensorDirectory,
  type TensorLocation,
} from './tensor-location';
import { WeightFile } from './weight-file';
import { quoted, WeightsError } from './weights-error';

/** The format's own bound on its header. */
const MAX_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;
/** {name: {shape: [...]}} */
const HEADER_DEPTH = 3;
const METADATA = '__metadata__';

/**
 * Locates the tensors of one safetensors file: u64 header length, JSON header, data
 * (https://github.com/huggingface/safetensors#format). The tensors must fill the data exactly: no gap, no overlap.
 *
 * @throws WeightsError
 */
export async function openSafetensors(path: string): Promise<TensorDirectory> {
  return WeightFile.use(path, async (file) => {
    const headerBytes = await readHeader(file);
    const dataStart = LENGTH_BYTES + headerBytes.byteLength;
    const header = parseHeader(file.path, headerBytes);
    const tensors = new Map<string, TensorLocation>();
    for (const [name, entry] of Object.entries(header)) {
      if (name === METADATA) checkMetadata(file.path, entry);
      else tensors.set(name, locate(file, name, entry, dataStart));
    }
    checkDataIsFilled(file, tensors, dataStart);
    return tensors;
  });
}

async function readHeader(file: WeightFile): Promise<Buffer> {
  if (file.size < LENGTH_BYTES + 2)
    throw new WeightsError(file.path, `${file.size} bytes are too few for a safetensors file`);
  const length = (await file.read(0, LENGTH_BYTES, 'the header length')).readBigUInt64LE();
  if (length > BigInt(file.size - LENGTH_BYTES)) {
    throw new WeightsError(
      file.path,
      `a header of ${length.toString()} bytes does not fit into the file of ${file.size} bytes`,
    );
  }
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw new WeightsError(
      file.path,
      `the header of ${length.toString()} bytes is longer than the format's ${MAX_HEADER_BYTES}`,
    );
  }
  return file.read(LENGTH_BYTES, Number(length), 'the header');
}

function parseHeader(path: string, bytes: Buffer): Readonly<Record<string, unknown>> {
  if (bytes[0] !== 0x7b /* { */) throw new WeightsError(path, 'the header does not begin with "{"');
  const header = parseJson(path, bytes, HEADER_DEPTH, 'the header');
  if (!isJsonObject(header)) throw new WeightsError(path, 'the header is not a JSON object');
  return header;
}

/** @throws WeightsError where {@link parseStrictJson} refuses. */
export function parseJson(path: string, bytes: Uint8Array, maxDepth: number, what: string): unknown {
  try {
    return parseStrictJson(bytes, maxDepth);
  } catch (error) {
    if (error instanceof StrictJsonError) throw new WeightsError(path, `${what} ${error.message}`);
    throw error;
  }
}

function checkMetadata(path: string, metadata: unknown): void {
  if (isJsonObject(metadata) && Object.values(metadata).every((value) => typeof value === 'string')) return;
  throw new WeightsError(path, `${METADATA} is not an object of strings`);
}

function locate(file: WeightFile, name: string, entry: unknown, dataStart: number): TensorLocation {
  const refuse = (problem: string) => new WeightsError(file.path, `tensor ${quoted(name)} ${problem}`);
  if (!isJsonObject(entry)) throw refuse('is not described by an object');
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isWeightDType(dtype)) throw refuse(`has the unknown dtype ${quoted(String(dtype))}`);
  if (!isSizes(shape)) throw refuse('has a shape that is not a list of non-negative integers');
  if (!isSizes(offsets)) throw refuse('has data_offsets that are not two non-negative integers');
  const [begin, end, ...more] = offsets;
  if (begin === undefined || end === undefined || more.length > 0 || end < begin) {
    throw refuse('has data_offsets that are not two ascending integers');
  }
  const byteLength = tensorByteLength(dtype, shape);
  if (byteLength !== end - begin)
    throw refuse(`of shape [${shape.join(', ')}] and dtype ${dtype} does not take ${end - begin} bytes`);
  file.checkExtent(dataStart + begin, byteLength, `tensor ${quoted(name)}`);
  return { file: file.path, offset: dataStart + begin, byteLength, dtype, shape };
}

function isSizes(value: unknown): value is readonly number[] {
  return (
    Array.isArray(value) &&
    value.every((size) => Number.isSafeInteger(size) && size >= 0 && !Object.is(size, -0))
  );
}

function checkDataIsFilled(file: WeightFile, tensors: TensorDirectory, dataStart: number): void {
  const inOrder = [...tensors].sort(([, a], [, b]) => a.offset - b.offset || a.byteLength - b.byteLength);
  let filledTo = dataStart;
  for (const [name, { offset, byteLength }] of inOrder) {
    if (offset < filledTo)
      throw new WeightsError(file.path, `tensor ${quoted(name)} overlaps the tensor before it`);
    if (offset > filledTo)
      throw new WeightsError(
        file.path,
        `${offset - filledTo} bytes before tensor ${quoted(name)} belong to no tensor`,
      );
    filledTo = offset + byteLength;
  }
  if (filledTo !== file.size)
    throw new WeightsError(file.path, `${file.size - filledTo} bytes at the end belong to no tensor`);
}
