import { JsonFields } from '../files/json-fields';
import { ModelError } from './model-error';
import { sentence, type Said } from '../protocol/sentence';

/** What a file says about an object: each field may be absent. */
export type Draft<T> = { readonly [Field in keyof T]: T[Field] | undefined };

/** Whether every field is present. */
export function isComplete<T extends object>(draft: Draft<T>): draft is T {
  return Object.values(draft).every((value) => value !== undefined);
}

/** The draft's fields, with `inferred` for absent fields. */
export function completed<T extends object>(draft: Draft<T> | undefined, inferred: T): T {
  const said = Object.entries(draft ?? {}).filter(([, value]) => value !== undefined);
  return { ...inferred, ...Object.fromEntries(said) };
}

/** Makes the error for a field that cannot be right: the field's name, and the condition that it must meet. */
export type Refuse = (field: string, what: Said) => Error;

/** An object of a JSON file in a model's folder. */
export type Fields = JsonFields;

/** Reads an object of a JSON file in a model's folder. @param file its path, for messages @throws ModelError */
export function modelFields(value: unknown, file: string): Fields {
  return new JsonFields(value, (problem) => new ModelError(sentence`${file}: ${problem}.`));
}
