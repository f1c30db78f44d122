import { chooseDecoding, DecoderError, describeDecoders, RASTER_ORDER } from '../decoding/decoder-table';
import type { DecoderDescription, DecoderSetting, DecoderSettings } from '../protocol';
import { EvaluationError } from './evaluation-error';

/** A decoder with the settings that the list gave: one row of the table. */
export interface EvaluatedDecoder {
  readonly decoder: string;
  /** Empty for raster order. A setting that the list did not give has its default. */
  readonly settings: DecoderSettings;
  /** Names the row in reports and results: "raster", "zipar 4" or "zipar-adaptive 4". */
  readonly label: string;
  /** Names the rows that differ in the setting of sign `:` only, as one line of a plot: "zipar" or "zipar+8". */
  readonly series: string;
}

export const RASTER = evaluated(RASTER_ORDER, []);

/** A setting and the value that a list gave. */
type SignedValue = readonly [setting: DecoderSetting, value: number | string];

function evaluated(decoder: string, values: readonly SignedValue[]): EvaluatedDecoder {
  const label = (shown: readonly SignedValue[]): string =>
    decoder +
    shown.map(([{ sign }, value]) => (sign === ':' ? ` ${value}` : `${sign ?? ''}${value}`)).join('');
  return {
    decoder,
    settings: Object.fromEntries(values.map(([{ name }, value]) => [name, value])),
    label: label(values),
    series: label(values.filter(([{ sign }]) => sign !== ':')),
  };
}

/**
 * Reads a list such as `zipar:8,4,2 zipar-adaptive:4,2`: names of decoders, each with the settings that have a sign in the
 * table. Several values, with commas between, are several rows. Raster order comes first even when the list does not name it,
 * because all other decoders are compared with it.
 * @param width width of the token grid, the largest window
 * @throws EvaluationError
 */
export function parseDecoders(text: string, width: number): readonly EvaluatedDecoder[] {
  const parts = text.split(/\s+/).filter((piece) => piece !== '');
  const found = [RASTER, ...parts.flatMap((part) => parsePart(part, width))];
  const seen = new Set<string>();
  return found.filter(({ label }) => seen.size !== seen.add(label).size);
}

/** The default list: every decoder. Where a sign `:` asks for a number of columns, numbers that halve from W/2 down. */
export function everyDecoder(width: number): string {
  const halves: number[] = [];
  for (let columns = width >> 1; columns >= 1; columns >>= 1) halves.push(columns);
  return describeDecoders()
    .filter(({ name }) => name !== RASTER_ORDER)
    .flatMap(({ name, settings }) => {
      const main = settings.find(({ sign }) => sign === ':');
      if (!main) return [name];
      const values = halves.filter((columns) => main.kind === 'integer' && columns >= main.low);
      return values.length === 0 ? [] : [`${name}:${values.join(',')}`];
    })
    .join(' ');
}

/** A name, then values after their signs: `zipar:8,4+16`. */
const PART = /^([a-z][a-z0-9-]*)((?:[:+][a-z0-9,]*)*)$/;

function parsePart(part: string, width: number): EvaluatedDecoder[] {
  const [, name, rest = ''] = PART.exec(part) ?? [];
  const description = describeDecoders().find((each) => each.name === name);
  if (!description) throw noDecoders(part);
  const given = [...rest.matchAll(/([:+])([^:+]*)/g)].map(([, sign, values = '']) => ({ sign, values }));
  const signs = given.map(({ sign }) => sign);
  const isComplete = description.settings.every(({ sign }) => sign !== ':' || signs.includes(sign));
  if (!isComplete || new Set(signs).size < signs.length) throw noDecoders(part);
  const signed = given.map(({ sign, values }) => {
    const setting = description.settings.find((each) => each.sign === sign);
    if (!setting) throw noDecoders(part);
    return values.split(',').map((value): SignedValue => [setting, valueOf(value, setting, part)]);
  });
  return combinations(signed).map((values) => checked(description, values, part, width));
}

function valueOf(text: string, setting: DecoderSetting, part: string): number | string {
  if (setting.kind === 'integer' && /^\d{1,9}$/.test(text)) return Number(text);
  const words = setting.kind === 'integer' ? (setting.words ?? []) : setting.choices;
  if (words.some(({ value }) => value === text)) return text;
  throw noDecoders(part);
}

/** Every way to take one value of each list; one empty way when there are no lists. */
function combinations<T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return lists.reduce<readonly (readonly T[])[]>(
    (ways, list) => ways.flatMap((way) => list.map((value) => [...way, value])),
    [[]],
  );
}

function checked(
  { name }: DecoderDescription,
  values: readonly SignedValue[],
  part: string,
  width: number,
): EvaluatedDecoder {
  const row = evaluated(name, values);
  try {
    // Ranges depend on the width only.
    chooseDecoding(name, row.settings, { grid: { height: 1, width }, modelWindow: 1 });
    return row;
  } catch (error) {
    if (error instanceof DecoderError) throw new EvaluationError(`"${part}": ${error.message}`);
    throw error;
  }
}

function noDecoders(part: string): EvaluationError {
  return new EvaluationError(
    `"${part}" names no decoders; give such as: --decoders "zipar:8,4,2 zipar-adaptive:4,2".`,
  );
}
