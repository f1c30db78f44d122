import type { PickleGlobal } from './pickle-globals';

/** Elements of one storage, as a pickle names it: which member of the archive, what elements, how many. */
export interface StorageReference {
  readonly kind: 'storage';
  readonly key: string;
  readonly type: PickleGlobal;
  readonly elements: number;
}

/** A view on a storage, as `torch._utils._rebuild_tensor_v2` would make it. Sizes in elements. */
export interface TensorReference {
  readonly kind: 'tensor';
  readonly storage: StorageReference;
  readonly storageOffset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

export interface PickleDict {
  readonly kind: 'dict';
  readonly entries: Map<string | number | bigint | boolean, PickleValue>;
}

export interface PickleList {
  readonly kind: 'list';
  readonly items: PickleValue[];
}

export interface PickleTuple {
  readonly kind: 'tuple';
  readonly items: readonly PickleValue[];
}

/** A name out of some module. It is only a name here: nothing is imported or called. */
export interface GlobalReference {
  readonly kind: 'global';
  readonly name: PickleGlobal;
}

type Composite = PickleDict | PickleList | PickleTuple | GlobalReference | StorageReference | TensorReference;

/** What a state dict's pickle can say. */
export type PickleValue = null | boolean | number | bigint | string | Composite;

/** Why a pickle is not read: damaged, or made of more than a state dict needs. The message goes on after "the pickle". */
export class PickleError extends Error {
  override readonly name = 'PickleError';
}

export function isKind<K extends Composite['kind']>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<Composite, { kind: K }> {
  return typeof value === 'object' && value !== null && value.kind === kind;
}
