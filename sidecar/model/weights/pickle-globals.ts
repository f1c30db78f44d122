import {
  isKind,
  objectOf,
  PickleError,
  type PassedOver,
  type PickleTuple,
  type PickleValue,
  type TensorReference,
} from './pickle-values';
import { MAX_DIMENSIONS, type WeightDType } from './tensor-location';
import { sentence } from '../../protocol/sentence';

/** Element type of each storage class that `torch.save` names. */
const STORAGE_DTYPES: Readonly<Record<string, WeightDType>> = {
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
};

/** Element types that a tensor names itself, when its storage is untyped. */
const TORCH_DTYPES: Readonly<Record<string, WeightDType>> = {
  'torch.float64': 'F64',
  'torch.float32': 'F32',
  'torch.float16': 'F16',
  'torch.bfloat16': 'BF16',
  'torch.float8_e4m3fn': 'F8_E4M3',
  'torch.float8_e5m2': 'F8_E5M2',
  'torch.int64': 'I64',
  'torch.int32': 'I32',
  'torch.int16': 'I16',
  'torch.int8': 'I8',
  'torch.uint64': 'U64',
  'torch.uint32': 'U32',
  'torch.uint16': 'U16',
  'torch.uint8': 'U8',
  'torch.bool': 'BOOL',
};

/** A storage of bytes. */
export const UNTYPED_STORAGE = 'torch.storage.UntypedStorage';

/**
 * The functions that a state dict is made with. Each makes a description from its arguments. No function of the checkpoint is
 * called.
 */
const CALLABLES: Readonly<Record<string, (args: readonly PickleValue[]) => PickleValue>> = {
  'collections.OrderedDict': emptyDict,
  'collections.defaultdict': emptyDict,
  'torch.Size': ([sizes = null]) => sizes,
  'torch._utils._rebuild_tensor': tensorReference,
  'torch._utils._rebuild_tensor_v2': tensorReference,
  'torch._utils._rebuild_tensor_v3': typedTensorReference,
  'torch._utils._rebuild_parameter': firstArgument,
  'torch._utils._rebuild_parameter_with_state': firstArgument,
  'torch._tensor._rebuild_from_type_v2': subclassTensor,
};

/** Element type of a storage class; undefined for names of other classes and of unknown element types. */
export function storageDType(name: string): WeightDType | undefined {
  return own(STORAGE_DTYPES, name);
}

/** The description that a call of a global stands for. Calls that make no tensor are passed over. @throws PickleError */
export function describeCall(name: string, args: readonly PickleValue[]): PickleValue {
  return own(CALLABLES, name)?.(args) ?? objectOf(name);
}

/** ('storage', type, key, device, elements): how `torch.save` names the parts that it keeps outside the pickle. */
export function describeOuterPart(id: PickleValue): PickleValue {
  const [tag, type, key, device, elements, ...more] = isKind(id, 'tuple') ? id.items : [];
  const isStorage =
    tag === 'storage' && isKind(type, 'global') && typeof key === 'string' && typeof device === 'string';
  return isStorage && isSize(elements) && more.length === 0
    ? { kind: 'storage', key, type: type.name, elements }
    : { kind: 'passed over', what: sentence`a part outside the pickle that is no storage` };
}

/** An empty dict, whatever the arguments are: they are a plain dict, or not needed. */
function emptyDict(): PickleValue {
  return { kind: 'dict', entries: new Map() };
}

/** (storage, storage offset, shape, strides, requires grad, hooks, metadata?) */
function tensorReference(args: readonly PickleValue[], dtype?: WeightDType): TensorReference | PassedOver {
  const [storage, storageOffset, shape, strides] = args;
  if (isKind(storage, 'passed over')) return storage;
  const isTensor =
    isKind(storage, 'storage') && isSize(storageOffset) && isKind(shape, 'tuple') && isKind(strides, 'tuple');
  if (!isTensor || args.length > 8 || shape.items.length !== strides.items.length) {
    throw new PickleError(sentence`rebuilds a tensor from arguments of the wrong kind`);
  }
  const dimensions = shape.items.length;
  if (dimensions > MAX_DIMENSIONS)
    return { kind: 'passed over', what: sentence`a tensor of ${dimensions} dimensions` };
  return { kind: 'tensor', storage, dtype, storageOffset, shape: sizes(shape), strides: sizes(strides) };
}

/** (untyped storage, storage offset, shape, strides, requires grad, hooks, dtype, metadata?) */
function typedTensorReference(args: readonly PickleValue[]): TensorReference | PassedOver {
  const dtype = args[6];
  const name = isKind(dtype, 'global') ? dtype.name : undefined;
  const known = name === undefined ? undefined : own(TORCH_DTYPES, name);
  return known
    ? tensorReference(args, known)
    : { kind: 'passed over', what: sentence`a tensor of ${name ?? sentence`no type`}` };
}

/** (tensor, requires grad, hooks, ...): a parameter is described by its tensor. */
function firstArgument([tensor = null]: readonly PickleValue[]): PickleValue {
  return tensor;
}

/** (function, class, its arguments, state): the stored form of a tensor that has attributes or is of a subclass. */
function subclassTensor([rebuild, type, args]: readonly PickleValue[]): PickleValue {
  const isPlain =
    isKind(type, 'global') && /^torch\.(?:nn\.parameter\.(?:Parameter|Buffer)|Tensor)$/.test(type.name);
  if (!isPlain || !isKind(rebuild, 'global') || !isKind(args, 'tuple'))
    return objectOf(isKind(type, 'global') ? type.name : undefined);
  // A call must not contain a call of this function: the file could nest such calls to any depth.
  if (own(CALLABLES, rebuild.name) === subclassTensor) return objectOf(rebuild.name);
  return describeCall(rebuild.name, args.items);
}

function sizes({ items }: PickleTuple): readonly number[] {
  if (!items.every(isSize))
    throw new PickleError(sentence`gives a tensor a size that is not a non-negative integer`);
  return items;
}

function isSize(value: PickleValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
