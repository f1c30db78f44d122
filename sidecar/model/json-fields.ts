import { ModelError } from './model-error';

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
export type Refuse = (field: string, what: string) => ModelError;

/** Characters of a wrong value that a message shows. */
const MAX_SHOWN = 100;

/**
 * Characters that a message must not contain: control characters, line separators, unpaired surrogates, changes of text
 * direction.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/** A value as JSON, with the characters escaped that a terminal or a window would act on. */
function quoted(value: unknown): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replace(new RegExp(UNPRINTABLE, 'gu'), escaped);
}

/** An object of a JSON file, read field by field; every message names the file and the field's full path. */
export class Fields {
  private readonly values: Readonly<Record<string, unknown>>;

  constructor(
    value: unknown,
    private readonly file: string,
    private readonly prefix: string,
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new ModelError(
        `${file}: ${prefix === '' ? 'the manifest' : `"${prefix.slice(0, -1)}"`} must be a JSON object.`,
      );
    }
    this.values = value as Readonly<Record<string, unknown>>;
  }

  error(name: string, what: string): ModelError {
    const value = this.raw(name) === undefined ? 'missing' : quoted(this.raw(name));
    const shown = value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value;
    return new ModelError(`${this.file}: "${this.prefix}${name}" ${what}; it is ${shown}.`);
  }

  raw(name: string): unknown {
    return Object.hasOwn(this.values, name) ? this.values[name] : undefined;
  }

  /** The value that `read` makes of the field, or undefined where the field is absent. */
  present<T>(name: string, read: (name: string) => T): T | undefined {
    return this.raw(name) === undefined ? undefined : read(name);
  }

  optional<T>(name: string, parse: (fields: Fields) => T): T | undefined {
    const value = this.raw(name);
    return value === undefined ? undefined : parse(new Fields(value, this.file, `${this.prefix}${name}.`));
  }

  text(name: string): string {
    const value = this.raw(name);
    if (typeof value !== 'string' || value === '' || value.length > 200)
      throw this.error(name, 'must be a text of 1 to 200 characters');
    if (UNPRINTABLE.test(value)) throw this.error(name, 'must be one line without control characters');
    return value;
  }

  /** Name of a file or folder directly in the model folder: a manifest must not lead out of this folder. */
  fileName(name: string): string {
    const value = this.text(name);
    if (/[/\\\0:]/.test(value) || value.startsWith('.'))
      throw this.error(name, 'must be the name of a file in the model folder');
    return value;
  }

  number(name: string, min: number, max: number): number {
    const value = this.raw(name);
    if (typeof value !== 'number' || !(value >= min && value <= max))
      throw this.error(name, `must be a number from ${min} to ${max}`);
    return value;
  }

  integer(name: string, min: number, max: number): number {
    const value = this.raw(name);
    if (!Number.isInteger(value) || Number(value) < min || Number(value) > max)
      throw this.error(name, `must be an integer from ${min} to ${max}`);
    return Number(value);
  }

  integers(name: string, min: number, max: number): readonly number[] {
    const value = this.raw(name);
    if (!Array.isArray(value) || value.length === 0 || value.length > 16)
      throw this.error(name, 'must be a short list of integers');
    return value.map((item: unknown) => {
      if (!Number.isInteger(item) || Number(item) < min || Number(item) > max)
        throw this.error(name, `must hold integers from ${min} to ${max}`);
      return Number(item);
    });
  }
}
