import { isJsonObject } from './strict-json';
import { sentence, type Said, type Sentence } from '../protocol/sentence';

/** Makes the error for a problem: a clause without a full stop, such as `"rounds" must be an integer; it is "many"`. */
export type RefuseJson = (problem: Said) => Error;

/** Characters of a wrong value that a message shows. */
const MAX_SHOWN = 100;
/** Characters of a text at most, unless a caller says otherwise. */
const MAX_TEXT = 200;
/** Items of a list of numbers at most. */
const MAX_NUMBERS = 16;

/**
 * Characters that a message must not contain: control characters, line separators, unpaired surrogates, changes of text
 * direction.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/** A JSON value for a message: short, with the characters escaped that a terminal or a window would act on. */
function shownJson(value: unknown): string {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const json = JSON.stringify(value).replace(new RegExp(UNPRINTABLE, 'gu'), escape);
  return json.length > MAX_SHOWN ? `${json.slice(0, MAX_SHOWN)}…` : json;
}

/** The problem of a field. @param what the condition that it must meet: "must be …" */
function problemOf(path: string, what: Said, value: unknown): Sentence {
  return value === undefined
    ? sentence`"${path}" ${what}; it is missing`
    : sentence`"${path}" ${what}; it is ${shownJson(value)}`;
}

/**
 * An object of a JSON file that is not trusted, read field by field. Each method throws the error that `refuse` makes when
 * the field is missing or wrong. The message has the field's full path and the wrong value.
 */
export class JsonFields {
  private readonly values: Readonly<Record<string, unknown>>;

  /**
   * @param path of the object in its file, such as `results[0]`; empty for the file's root
   * @throws the error that `refuse` makes when the value is no object
   */
  constructor(
    value: unknown,
    private readonly refuse: RefuseJson,
    private readonly path = '',
  ) {
    if (!isJsonObject(value)) {
      throw refuse(
        path === ''
          ? sentence`it must be a JSON object`
          : problemOf(path, sentence`must be an object`, value),
      );
    }
    this.values = value;
  }

  /** Makes the error for a field. @param what the condition that the field must meet: "must be …" */
  error(name: string, what: Said): Error {
    return this.refuse(problemOf(this.pathOf(name), what, this.raw(name)));
  }

  /** The field's value as it stands in the file; undefined when it is missing. */
  raw(name: string): unknown {
    return Object.hasOwn(this.values, name) ? this.values[name] : undefined;
  }

  /** The fields' names, in the order of the file. */
  names(): readonly string[] {
    return Object.keys(this.values);
  }

  /** The value that `read` makes of the field, or undefined where the field is missing. */
  present<T>(name: string, read: (name: string) => T): T | undefined {
    return this.raw(name) === undefined ? undefined : read(name);
  }

  object(name: string): JsonFields {
    return new JsonFields(this.raw(name), this.refuse, this.pathOf(name));
  }

  /** What `read` makes of an object, or undefined where the field is missing. */
  optional<T>(name: string, read: (fields: JsonFields) => T): T | undefined {
    return this.raw(name) === undefined ? undefined : read(this.object(name));
  }

  /** A list of objects. @param most items at most */
  objects(name: string, most: number): readonly JsonFields[] {
    return this.list(name, most).map(
      (item, i) => new JsonFields(item, this.refuse, `${this.pathOf(name)}[${i}]`),
    );
  }

  /** A list, whose items are not checked. @param most items at most */
  list(name: string, most: number): readonly unknown[] {
    const value = this.raw(name);
    if (!Array.isArray(value) || value.length > most)
      throw this.error(name, sentence`must be a list of at most ${most}`);
    return value;
  }

  /** A text of one line: not empty, and without control characters. @param most characters at most */
  text(name: string, most = MAX_TEXT): string {
    const value = this.raw(name);
    if (typeof value !== 'string' || value === '' || value.length > most)
      throw this.error(name, sentence`must be a text of 1 to ${most} characters`);
    if (UNPRINTABLE.test(value))
      throw this.error(name, sentence`must be one line without control characters`);
    return value;
  }

  /** A text of any content. @param most characters at most */
  anyText(name: string, most: number): string {
    const value = this.raw(name);
    if (typeof value !== 'string' || value.length > most)
      throw this.error(name, sentence`must be a text of at most ${most} characters`);
    return value;
  }

  /** A list of texts that are not blank. @param most texts at most @param longest characters of a text at most */
  texts(name: string, most: number, longest: number): readonly string[] {
    const texts = this.list(name, most);
    const isText = (text: unknown): text is string =>
      typeof text === 'string' && text.length <= longest && text.trim() !== '';
    if (!texts.every(isText))
      throw this.error(name, sentence`must be a list of texts of 1 to ${longest} characters`);
    return texts;
  }

  /** Name of a file or folder in the folder of the JSON file. It cannot lead out of this folder. */
  fileName(name: string): string {
    const value = this.text(name);
    if (/[/\\\0:]/.test(value) || value.startsWith('.'))
      throw this.error(name, sentence`must be the name of a file in the same folder`);
    return value;
  }

  number(name: string, min: number, max: number): number {
    const value = this.raw(name);
    if (typeof value !== 'number' || !(value >= min && value <= max))
      throw this.error(name, sentence`must be a number from ${min} to ${max}`);
    return value;
  }

  /** A number of 0 or more, and not infinite. */
  amount(name: string): number {
    const value = this.raw(name);
    if (typeof value !== 'number' || !(value >= 0 && value < Infinity))
      throw this.error(name, sentence`must be a number of 0 or more`);
    return value;
  }

  integer(name: string, min: number, max: number): number {
    const value = this.raw(name);
    if (!isInteger(value, min, max))
      throw this.error(name, sentence`must be an integer from ${min} to ${max}`);
    return value;
  }

  /** A list of 1 to 16 integers. */
  integers(name: string, min: number, max: number): readonly number[] {
    const value = this.raw(name);
    if (!Array.isArray(value) || value.length === 0 || value.length > MAX_NUMBERS)
      throw this.error(name, sentence`must be a short list of integers`);
    const items: readonly unknown[] = value;
    if (!items.every((item) => isInteger(item, min, max)))
      throw this.error(name, sentence`must hold integers from ${min} to ${max}`);
    return items;
  }

  /** One of some values. */
  oneOf<T extends string>(name: string, choices: readonly T[]): T {
    const value = this.raw(name);
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw this.error(name, sentence`must be one of ${choices.join(', ')}`);
    return found;
  }

  /** Path of a field in the file, such as `model.grid`. */
  private pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }
}

function isInteger(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}
