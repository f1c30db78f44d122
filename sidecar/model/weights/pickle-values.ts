import type { WeightDType } from './tensor-location';

/** Elements of one storage, as a pickle names it: which member of the archive, what elements, how many. */
export interface StorageReference {
  readonly kind: 'storage';
  readonly key: string;
  /** Name of the storage class. */
  readonly type: string;
  /** Bytes where the type is `torch.storage.UntypedStorage`. */
  readonly elements: number;
}

/** A view on a storage, as `torch._utils._rebuild_tensor_v2` would make it. Sizes in elements. */
export interface TensorReference {
  readonly kind: 'tensor';
  readonly storage: StorageReference;
  /** Where the storage's type does not say it. */
  readonly dtype: WeightDType | undefined;
  readonly storageOffset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** A dict. Only entries whose key is a text are kept: no other key names a tensor. */
export interface PickleDict {
  readonly kind: 'dict';
  readonly entries: Map<string, PickleValue>;
}

export interface PickleTuple {
  readonly kind: 'tuple';
  readonly items: readonly PickleValue[];
}

/** A name out of some module. It is only a name here: nothing is imported or called. */
export interface GlobalReference {
  readonly kind: 'global';
  readonly name: string;
}

/** Something that no tensor is made of: its content is passed over. */
export interface PassedOver {
  readonly kind: 'passed over';
  /** What it is, as in "an object of argparse.Namespace". */
  readonly what: string;
}

type Composite = PickleDict | PickleTuple | GlobalReference | StorageReference | TensorReference | PassedOver;

/** What a checkpoint's pickle can say. */
export type PickleValue = null | boolean | number | bigint | string | Composite;

/** Why a pickle is not read. The message goes on after "the pickle". */
export class PickleError extends Error {
  override readonly name = 'PickleError';
}

export function isKind<K extends Composite['kind']>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<Composite, { kind: K }> {
  return typeof value === 'object' && value !== null && value.kind === kind;
}

/** What stands for an object of this class. */
export function objectOf(className: string): PassedOver {
  return { kind: 'passed over', what: `an object of ${className.slice(0, 100)}` };
}
