import {
  isKind,
  PickleError,
  type PickleTuple,
  type PickleValue,
  type StorageReference,
  type TensorReference,
} from './pickle-values';
import type { WeightDType } from './tensor-location';

/** Element type of each storage class that `torch.save` names. */
const STORAGE_DTYPES = {
  'torch.DoubleStorage': 'F64',
  'torch.FloatStorage': 'F32',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
} as const satisfies Record<string, WeightDType>;

/** What each function of a state dict stands for: a description made of the arguments. Nothing is called. */
const CALLABLES = {
  'collections.OrderedDict': emptyDict,
  'torch._utils._rebuild_tensor_v2': tensorReference,
  'torch._utils._rebuild_parameter': parameterTensor,
} as const satisfies Record<string, (args: readonly PickleValue[]) => PickleValue>;

/** All names a pickle may refer to. */
export type PickleGlobal = keyof typeof STORAGE_DTYPES | keyof typeof CALLABLES;

export function isPickleGlobal(name: string): name is PickleGlobal {
  return Object.hasOwn(STORAGE_DTYPES, name) || Object.hasOwn(CALLABLES, name);
}

/** Undefined for names that are no storage class. */
export function storageDType(name: PickleGlobal): WeightDType | undefined {
  return Object.hasOwn(STORAGE_DTYPES, name)
    ? STORAGE_DTYPES[name as keyof typeof STORAGE_DTYPES]
    : undefined;
}

/** What REDUCE makes of a global and its arguments. @throws PickleError */
export function describeCall(name: PickleGlobal, args: readonly PickleValue[]): PickleValue {
  if (!Object.hasOwn(CALLABLES, name)) throw new PickleError(`calls ${name}, which no state dict needs`);
  return CALLABLES[name as keyof typeof CALLABLES](args);
}

/** ('storage', type, key, device, elements): how `torch.save` names the parts it keeps outside the pickle. @throws PickleError */
export function describeOuterPart(id: PickleValue): StorageReference {
  const [tag, type, key, device, elements, ...more] = isKind(id, 'tuple') ? id.items : [];
  const isStorage =
    tag === 'storage' && isKind(type, 'global') && typeof key === 'string' && typeof device === 'string';
  if (!isStorage || !isSize(elements) || more.length > 0)
    throw new PickleError('refers to an outer part that is not a tensor storage');
  return { kind: 'storage', key, type: type.name, elements };
}

function emptyDict(args: readonly PickleValue[]): PickleValue {
  if (args.length > 0) throw new PickleError('makes an OrderedDict from arguments');
  return { kind: 'dict', entries: new Map() };
}

/** (storage, storage offset, shape, strides, requires grad, hooks, metadata?) */
function tensorReference(args: readonly PickleValue[]): TensorReference {
  const [storage, storageOffset, shape, strides] = args;
  const isTensor =
    isKind(storage, 'storage') && isSize(storageOffset) && isKind(shape, 'tuple') && isKind(strides, 'tuple');
  if (!isTensor || args.length > 7 || shape.items.length !== strides.items.length) {
    throw new PickleError('rebuilds a tensor from arguments of the wrong kind');
  }
  return { kind: 'tensor', storage, storageOffset, shape: sizes(shape), strides: sizes(strides) };
}

/** (tensor, requires grad, hooks) */
function parameterTensor([tensor]: readonly PickleValue[]): TensorReference {
  if (!isKind(tensor, 'tensor'))
    throw new PickleError('makes a parameter from something that is not a tensor');
  return tensor;
}

function sizes({ items }: PickleTuple): readonly number[] {
  if (!items.every(isSize)) throw new PickleError('gives a tensor a size that is not a non-negative integer');
  return items;
}

function isSize(value: PickleValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
