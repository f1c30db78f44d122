import { CONTENT_PROBE_BYTES, findWrongContent } from '../../files/file-content';
import { isJsonObject, parseStrictJson, StrictJsonError } from '../../files/strict-json';
import { TensorDirectory } from './tensor-directory';
import { isWeightDType, MAX_DIMENSIONS, tensorByteLength, type TensorLocation } from './tensor-location';
import { WeightFile } from './weight-file';
import { quoted, WeightsError } from './weights-error';
import { sentence, type Said } from '../../protocol/sentence';

/**
 * Bytes of a header at most. The format's own bound of 100 MB is far higher, and such a header takes a gigabyte to parse.
 * A tensor takes about 100 bytes. Checkpoints of a thousand tensors have 100 kB of header, and this bound is enough for
 * 40,000 tensors.
 */
const MAX_HEADER_BYTES = 4 << 20;
const LENGTH_BYTES = 8;
/** Levels of the JSON: {name: {shape: [...]}} */
const HEADER_DEPTH = 3;
const METADATA = '__metadata__';

/** A tensor as the header describes it: the place of its bytes, and their meaning where this program reads the dtype. */
interface Described {
  readonly name: string;
  /** Bytes from the file's start. */
  readonly begin: number;
  readonly end: number;
  readonly tensor: TensorLocation | WeightsError;
}

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
    const described: Described[] = [];
    for (const [name, entry] of Object.entries(parseHeader(file.path, headerBytes))) {
      if (name === METADATA) checkMetadata(file.path, entry);
      else described.push(describe(file, name, entry, dataStart));
    }
    checkDataIsFilled(file, described, dataStart);
    const readable = new Map<string, TensorLocation>();
    const unreadable = new Map<string, WeightsError>();
    for (const { name, tensor } of described) {
      if (tensor instanceof WeightsError) unreadable.set(name, tensor);
      else readable.set(name, tensor);
    }
    return new TensorDirectory(readable, unreadable);
  });
}

async function readHeader(file: WeightFile): Promise<Buffer> {
  if (file.size < LENGTH_BYTES + 2)
    throw new WeightsError(file.path, sentence`${file.size} bytes are too few for a safetensors file`);
  const start = await file.read(0, Math.min(file.size, CONTENT_PROBE_BYTES), sentence`the first bytes`);
  const length = start.readBigUInt64LE();
  if (length > BigInt(file.size - LENGTH_BYTES)) {
    const wrong = findWrongContent(start);
    if (wrong) throw new WeightsError(file.path, wrong.problem, wrong.remedy);
    throw new WeightsError(
      file.path,
      sentence`a header of ${length.toString()} bytes does not fit into the file of ${file.size} bytes`,
    );
  }
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw new WeightsError(
      file.path,
      sentence`the header of ${length.toString()} bytes is longer than the ${MAX_HEADER_BYTES} that are read`,
    );
  }
  return file.read(LENGTH_BYTES, Number(length), sentence`the header`);
}

function parseHeader(path: string, bytes: Buffer): Readonly<Record<string, unknown>> {
  if (bytes[0] !== 0x7b /* { */) throw new WeightsError(path, sentence`the header does not begin with "{"`);
  const header = parseJson(path, bytes);
  if (!isJsonObject(header)) throw new WeightsError(path, sentence`the header is not a JSON object`);
  return header;
}

function parseJson(path: string, bytes: Uint8Array): unknown {
  try {
    return parseStrictJson(bytes, HEADER_DEPTH);
  } catch (error) {
    if (error instanceof StrictJsonError)
      throw new WeightsError(path, sentence`the header ${error.sentence}`);
    throw error;
  }
}

function checkMetadata(path: string, metadata: unknown): void {
  if (isJsonObject(metadata) && Object.values(metadata).every((value) => typeof value === 'string')) return;
  throw new WeightsError(path, sentence`${METADATA} is not an object of strings`);
}

function describe(file: WeightFile, name: string, entry: unknown, dataStart: number): Described {
  const refusal = (problem: Said, remedy?: Said) =>
    new WeightsError(file.path, sentence`tensor ${quoted(name)} ${problem}`, remedy);
  if (!isJsonObject(entry)) throw refusal(sentence`is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string') throw refusal(sentence`has no dtype`);
  if (Array.isArray(shape) && shape.length > MAX_DIMENSIONS)
    throw refusal(sentence`has ${shape.length} dimensions where at most ${MAX_DIMENSIONS} are read`);
  if (!isSizes(shape)) throw refusal(sentence`has a shape that is not a list of non-negative integers`);
  const [from, to, ...more] = isSizes(offsets) ? offsets : [];
  if (from === undefined || to === undefined || more.length > 0)
    throw refusal(sentence`has data_offsets that are not two non-negative integers`);
  if (to < from) throw refusal(sentence`has data_offsets that are not two ascending integers`);
  const [begin, end] = [dataStart + from, dataStart + to];
  file.checkExtent(begin, end - begin, sentence`tensor ${quoted(name)}`);
  if (!isWeightDType(dtype)) {
    const tensor = refusal(
      sentence`has the type ${quoted(dtype)}, which this program does not read`,
      sentence`Use a file in F32, F16 or BF16.`,
    );
    return { name, begin, end, tensor };
  }
  const byteLength = tensorByteLength(dtype, shape);
  if (byteLength !== end - begin)
    throw refusal(
      sentence`of shape [${shape.join(', ')}] and dtype ${dtype} does not take ${end - begin} bytes`,
    );
  return { name, begin, end, tensor: { file: file.path, offset: begin, byteLength, dtype, shape } };
}

function isSizes(value: unknown): value is readonly number[] {
  return (
    Array.isArray(value) &&
    value.length <= MAX_DIMENSIONS &&
    value.every((size) => Number.isSafeInteger(size) && size >= 0 && !Object.is(size, -0))
  );
}

function checkDataIsFilled(file: WeightFile, described: readonly Described[], dataStart: number): void {
  const inOrder = [...described].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let filledTo = dataStart;
  for (const { name, begin, end } of inOrder) {
    if (begin < filledTo)
      throw new WeightsError(file.path, sentence`tensor ${quoted(name)} overlaps the tensor before it`);
    if (begin > filledTo)
      throw new WeightsError(
        file.path,
        sentence`${begin - filledTo} bytes before tensor ${quoted(name)} belong to no tensor`,
      );
    filledTo = end;
  }
  if (filledTo !== file.size)
    throw new WeightsError(file.path, sentence`${file.size - filledTo} bytes at the end belong to no tensor`);
}
