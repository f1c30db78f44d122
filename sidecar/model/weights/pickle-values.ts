import type { WeightDType } from './tensor-location';
import { sentence, SentenceError, type Said } from '../../protocol/sentence';

/** Elements of one storage, as a pickle names it: member of the archive, type and number of elements. */
export interface StorageReference {
  readonly kind: 'storage';
  readonly key: string;
  /** Name of the storage class. */
  readonly type: string;
  /** Number of elements; bytes where the type is `torch.storage.UntypedStorage`. */
  readonly elements: number;
}

/** A view on a storage, as `torch._utils._rebuild_tensor_v2` would make it. Sizes are in elements. */
export interface TensorReference {
  readonly kind: 'tensor';
  readonly storage: StorageReference;
  /** Element type, where the storage's type does not tell it. */
  readonly dtype: WeightDType | undefined;
  readonly storageOffset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** A dict. Only entries with a text as key are kept: no other key names a tensor. */
export interface PickleDict {
  readonly kind: 'dict';
  readonly entries: Map<string, PickleValue>;
}

export interface PickleTuple {
  readonly kind: 'tuple';
  readonly items: readonly PickleValue[];
}

/** The name of a global in a module. The reader only keeps the name: it imports and calls nothing. */
export interface GlobalReference {
  readonly kind: 'global';
  readonly name: string;
}

/** A value that belongs to no tensor. Its content is passed over. */
export interface PassedOver {
  readonly kind: 'passed over';
  /** Name of the value, as in "an object of argparse.Namespace". */
  readonly what: Said;
}

type Composite = PickleDict | PickleTuple | GlobalReference | StorageReference | TensorReference | PassedOver;

/** The values that a checkpoint's pickle can describe. */
export type PickleValue = null | boolean | number | bigint | string | Composite;

/** The reason why a pickle is not read. The message continues a sentence that begins with "the pickle". */
export class PickleError extends SentenceError {
  override readonly name = 'PickleError';
}

export function isKind<K extends Composite['kind']>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<Composite, { kind: K }> {
  return typeof value === 'object' && value !== null && value.kind === kind;
}

/** The value that replaces an object of this class. @param className undefined where the file names none */
export function objectOf(className: string | undefined): PassedOver {
  const name = className === undefined ? sentence`an unknown class` : className.slice(0, 100);
  return { kind: 'passed over', what: sentence`an object of ${name}` };
}
