import { crc32 } from '../../files/crc32';
import { storageDType, UNTYPED_STORAGE } from './pickle-globals';
import {
  isKind,
  PickleError,
  type PickleDict,
  type PickleValue,
  type StorageReference,
  type TensorReference,
} from './pickle-values';
import { readStateDictPickle } from './state-dict-pickle';
import { TensorDirectory } from './tensor-directory';
import { DTYPE_BYTES, tensorByteLength, type TensorLocation, type WeightDType } from './tensor-location';
import { WeightFile } from './weight-file';
import { quoted, WeightsError } from './weights-error';
import { readZipDirectory, type ZipEntry } from './zip-directory';
import { sentence, type Said } from '../../protocol/sentence';

/** Bytes of a pickle at most. A tensor takes 150 bytes; other data of trainers are seldom larger than this limit. */
const MAX_PICKLE_BYTES = 16 << 20;
/**
 * Keys under which checkpoints keep their state dict, first choice first. Published samplers read "model"; trainers add
 * others.
 */
const WRAPPERS = [
  'model',
  'ema',
  'module',
  'state_dict',
  'model_state_dict',
  'model_state',
  'net',
  'params_ema',
  'params',
  'weights',
] as const;
/** Levels of wrappers at most, such as "state_dict" in "model". */
const MAX_WRAPPERS = 4;

/**
 * Locates the tensors of a file that `torch.save` wrote (PyTorch 1.6 or later). The file is a ZIP. A pickle describes the
 * state dict, and each storage is one uncompressed member. The locations point into the file itself.
 *
 * @throws WeightsError
 */
export async function openPytorchCheckpoint(path: string): Promise<TensorDirectory> {
  return WeightFile.use(path, async (file) => {
    const archive = openArchive(file, await readZipDirectory(file));
    await checkByteOrder(file, archive);
    const readable = new Map<string, TensorLocation>();
    const unreadable = new Map<string, WeightsError>();
    for (const [name, value] of findStateDict(file, await readPickle(file, archive)).entries) {
      const tensor = locate(file, archive, name, value);
      if (tensor instanceof WeightsError) unreadable.set(name, tensor);
      else if (tensor) readable.set(name, tensor);
    }
    checkSharedStorages(file, readable);
    return new TensorDirectory(readable, unreadable);
  });
}

/** The archive. All members lie in one folder, named after the file when it was saved. */
interface Archive {
  readonly folder: string;
  readonly members: ReadonlyMap<string, ZipEntry>;
  readonly pickle: ZipEntry;
}

function openArchive(file: WeightFile, members: ReadonlyMap<string, ZipEntry>): Archive {
  const pickles = [...members.values()].filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name));
  const [pickle, ...more] = pickles;
  if (!pickle || more.length > 0) {
    throw new WeightsError(
      file.path,
      sentence`the ZIP file is no PyTorch checkpoint: it does not have one data.pkl`,
      sentence`Choose a .pt file written by torch.save.`,
    );
  }
  const folder = pickle.name.slice(0, -'data.pkl'.length);
  if (members.has(`${folder}constants.pkl`)) {
    throw new WeightsError(
      file.path,
      sentence`this is a TorchScript program, not a checkpoint`,
      sentence`Save the state_dict() of the model with torch.save.`,
    );
  }
  return { folder, members, pickle };
}

async function checkByteOrder(file: WeightFile, { folder, members }: Archive): Promise<void> {
  const entry = members.get(`${folder}byteorder`);
  if (!entry) return;
  const isLittle =
    entry.size === 6 &&
    (await file.read(entry.offset, 6, sentence`the byte order`)).toString('latin1') === 'little';
  if (!isLittle)
    throw new WeightsError(
      file.path,
      sentence`its numbers are not little-endian`,
      sentence`Save it on a little-endian machine.`,
    );
}

async function readPickle(file: WeightFile, { pickle }: Archive): Promise<PickleValue> {
  if (pickle.size > MAX_PICKLE_BYTES)
    throw new WeightsError(
      file.path,
      sentence`a data.pkl of ${pickle.size} bytes is too long for a state dict`,
    );
  const bytes = await file.read(pickle.offset, pickle.size, 'data.pkl');
  if (crc32(bytes) !== pickle.crc32)
    throw new WeightsError(file.path, sentence`data.pkl does not match its checksum`);
  try {
    return readStateDictPickle(bytes);
  } catch (error) {
    if (!(error instanceof PickleError)) throw error;
    throw new WeightsError(
      file.path,
      sentence`its pickle ${error.sentence}`,
      sentence`Save the state_dict() of the model alone with torch.save, or convert it to safetensors.`,
    );
  }
}

function findStateDict(file: WeightFile, root: PickleValue): PickleDict {
  const stateDict = isKind(root, 'dict') ? searchStateDict(root, MAX_WRAPPERS, new Set()) : undefined;
  if (stateDict) return stateDict;
  const found = isKind(root, 'passed over') ? sentence`, but ${root.what}` : '';
  throw new WeightsError(
    file.path,
    sentence`it holds no state dict, neither at the top nor under ${WRAPPERS.map(quoted).join(', ')}${found}`,
    sentence`Save the state_dict() of the model with torch.save.`,
  );
}

/** @param seen dicts that were already searched: in a pickle, a dict may contain itself */
function searchStateDict(dict: PickleDict, depth: number, seen: Set<PickleDict>): PickleDict | undefined {
  if (seen.has(dict)) return undefined;
  seen.add(dict);
  for (const wrapper of depth > 0 ? WRAPPERS : []) {
    const inner = dict.entries.get(wrapper);
    const found = isKind(inner, 'dict') ? searchStateDict(inner, depth - 1, seen) : undefined;
    if (found) return found;
  }
  return [...dict.entries.values()].some((value) => isKind(value, 'tensor')) ? dict : undefined;
}

/**
 * Locates an entry of the state dict. The result is a tensor's place, or the reason why the tensor cannot be read. It is
 * undefined for a value that is no tensor, such as a count of steps.
 * @throws WeightsError when the file is damaged
 */
function locate(
  file: WeightFile,
  archive: Archive,
  name: string,
  value: PickleValue,
): TensorLocation | WeightsError | undefined {
  const refusal = (problem: Said, remedy?: Said) =>
    new WeightsError(file.path, sentence`tensor ${quoted(name)} ${problem}`, remedy);
  if (isKind(value, 'passed over'))
    return refusal(
      sentence`is ${value.what}, which this program does not read`,
      sentence`Save it as a dense tensor.`,
    );
  if (!isKind(value, 'tensor')) return undefined;
  const { storage, storageOffset, shape } = value;
  const dtype = value.dtype ?? storageDType(storage.type);
  if (!dtype)
    return refusal(
      sentence`lies in a ${quoted(storage.type)}, which this program does not read`,
      sentence`Save it in float32, float16 or bfloat16.`,
    );
  const member = archive.members.get(`${archive.folder}data/${storage.key}`);
  if (!member)
    throw refusal(sentence`lies in the storage ${quoted(storage.key)}, which the file does not have`);
  checkStorageSize(storage, dtype, member, refusal);
  if (!isContiguous(value))
    return refusal(sentence`is not contiguous`, sentence`Call .contiguous() on it before torch.save.`);
  const byteLength = tensorByteLength(dtype, shape);
  const start = storageOffset * DTYPE_BYTES[dtype];
  if (byteLength === undefined || start + byteLength > member.size) {
    throw refusal(
      sentence`of shape [${shape.join(', ')}] at element ${storageOffset} does not fit into its storage of ${storage.elements} elements`,
    );
  }
  const offset = member.offset + start;
  file.checkExtent(offset, byteLength, sentence`tensor ${quoted(name)}`);
  return { file: file.path, offset, byteLength, dtype, shape };
}

function checkStorageSize(
  storage: StorageReference,
  dtype: WeightDType,
  member: ZipEntry,
  refuse: (problem: Said) => WeightsError,
): void {
  const elementBytes = storage.type === UNTYPED_STORAGE ? 1 : DTYPE_BYTES[dtype];
  if (storage.elements * elementBytes === member.size) return;
  throw refuse(
    sentence`lies in a storage of ${storage.elements} elements of ${dtype}, but the file has ${member.size} bytes of it`,
  );
}

/** Whether elements lie row-major without gaps. The stride of a dimension of size 1 has no meaning. */
function isContiguous({ shape, strides }: TensorReference): boolean {
  if (shape.includes(0)) return true;
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const size = shape[i] ?? 1;
    if (size !== 1 && strides[i] !== expected) return false;
    expected *= size;
  }
  return true;
}

/**
 * Checks that tensors do not partly overlap. Two tensors may be the same bytes (tied weights) or lie side by side in one
 * storage.
 */
function checkSharedStorages(file: WeightFile, tensors: ReadonlyMap<string, TensorLocation>): void {
  const inOrder = [...tensors]
    .filter(([, { byteLength }]) => byteLength > 0)
    .sort(([, a], [, b]) => a.offset - b.offset);
  for (const [i, [name, tensor]] of inOrder.entries()) {
    const before = inOrder[i - 1]?.[1];
    if (!before || before.offset + before.byteLength <= tensor.offset) continue;
    if (before.offset !== tensor.offset || before.byteLength !== tensor.byteLength) {
      throw new WeightsError(
        file.path,
        sentence`tensor ${quoted(name)} partly overlaps another`,
        sentence`Call .clone() on it before torch.save.`,
      );
    }
  }
}
