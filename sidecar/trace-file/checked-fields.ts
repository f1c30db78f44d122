import { TraceFileError } from './trace-file-error';
import { sentence, type Said } from '../protocol/sentence';

/** Checks a value of untrusted JSON and returns it. @param name the name of the field, for messages. @throws TraceFileError */
export type Read<T> = (value: unknown, name: string) => T;

type ReadAll<Shape> = { readonly [field in keyof Shape]: Shape[field] extends Read<infer T> ? T : never };

/** Reads a text. @param maxLength the largest number of characters */
export function text(maxLength: number): Read<string> {
  return (value, name) => {
    if (typeof value !== 'string') throw wrong(name, sentence`is no text`);
    if (value.length > maxLength) throw wrong(name, sentence`has more than ${maxLength} characters`);
    return value;
  };
}

/** Reads an integer in the range low..high. */
export function integer(low: number, high: number): Read<number> {
  return (value, name) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < low || value > high)
      throw wrong(name, sentence`is no whole number from ${low} to ${high}`);
    return value;
  };
}

/** Reads a finite number. */
export const number: Read<number> = (value, name) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(name, sentence`is no number`);
  return value;
};

/** Reads true or false. */
export const flag: Read<boolean> = (value, name) => {
  if (typeof value !== 'boolean') throw wrong(name, sentence`is neither true nor false`);
  return value;
};

/** Reads a text that must be one of the allowed ones. */
export function oneOf<const T extends string>(...allowed: readonly T[]): Read<T> {
  return (value, name) => {
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) throw wrong(name, sentence`is none of ${allowed.join(', ')}`);
    return found;
  };
}

/** Reads a list. @param read reads each entry. @param most the largest number of entries */
export function listOf<T>(read: Read<T>, most: number): Read<readonly T[]> {
  return (value, name) => {
    if (!Array.isArray(value)) throw wrong(name, sentence`is no list`);
    if (value.length > most) throw wrong(name, sentence`has more than ${most} entries`);
    return value.map((entry: unknown, i) => read(entry, `${name}[${i}]`));
  };
}

/** Reads a value that may be missing. */
export function optional<T>(read: Read<T>): Read<T | undefined> {
  return (value, name) => (value === undefined ? undefined : read(value, name));
}

/** Reads a value that may be null. */
export function nullable<T>(read: Read<T>): Read<T | null> {
  return (value, name) => (value === null ? null : read(value, name));
}

/** Reads an object. The result has only the fields of the shape. */
export function object<Shape extends Readonly<Record<string, Read<unknown>>>>(
  shape: Shape,
): Read<ReadAll<Shape>> {
  return (value, name) => {
    const fields = fieldsOf(value, name);
    const read = Object.entries(shape).map(([field, readField]) => [
      field,
      readField(own(fields, field), name === '' ? field : `${name}.${field}`),
    ]);
    return Object.fromEntries(read) as ReadAll<Shape>;
  };
}

/** The fields of an object. @throws TraceFileError when the value is no object */
export function fieldsOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(name, sentence`is no object`);
  return value as Readonly<Record<string, unknown>>;
}

function own(fields: Readonly<Record<string, unknown>>, field: string): unknown {
  return Object.hasOwn(fields, field) ? fields[field] : undefined;
}

/** The error for a field. @param problem the end of the sentence: "is no list" */
export function wrong(name: string, problem: Said): TraceFileError {
  return new TraceFileError(sentence`The trace is damaged: "${name}" ${problem}.`);
}
