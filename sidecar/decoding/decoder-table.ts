import type {
  DecoderDescription,
  DecoderSetting,
  DecoderSettings,
  DecodingChoice,
  RunDecoder,
} from '../protocol';
import type { ConfiguredDecoder, Decoder } from './decoder';
import { DECODERS } from './decoders';
import type { GridShape } from './token-grid';
import { RASTER, ZIPAR } from './zipar/decoders';

/** There is no such decoder, or it cannot have the given setting. */
export class DecoderError extends Error {
  override readonly name = 'DecoderError';
}

/** The decoder that all others are compared with: one token a step. */
export const RASTER_ORDER = RASTER.description.name;

/** The decoder of a request that names none. */
export const DEFAULT_DECODER = ZIPAR.description.name;

/** The values that settings may depend on. */
export interface DecodingContext {
  readonly grid: GridShape;
  /** The window that the model is decoded with by default. */
  readonly modelWindow: number;
}

/** Descriptions of all decoders for people and programs, in the order in which the program offers them. */
export function describeDecoders(decoders = DECODERS): readonly DecoderDescription[] {
  return decoders.map(({ description }) => description);
}

/**
 * A decoder with all its settings.
 * @param given values by name. A setting that the decoder states with a fixed value may be given; the fixed value counts.
 * @throws DecoderError when there is no such decoder, the decoder lacks a setting, or a value is out of range
 */
export function chooseDecoding(
  name: string,
  given: DecoderSettings,
  context: DecodingContext,
  decoders = DECODERS,
): DecodingChoice {
  const { description, ...decoder } = decoderNamed(name, decoders);
  const fixed = decoder.fixed?.(context.grid) ?? {};
  requireKnown(Object.keys(given), description, Object.keys(fixed));
  const settings = description.settings.map((setting) => [
    setting.name,
    checkSetting(setting, given[setting.name], context),
  ]);
  return { decoder: name, settings: { ...fixed, ...(Object.fromEntries(settings) as DecoderSettings) } };
}

/** @throws DecoderError when there is no such decoder */
export function configureDecoder(
  { decoder, settings }: DecodingChoice,
  decoders = DECODERS,
): ConfiguredDecoder {
  return decoderNamed(decoder, decoders).configure(settings);
}

/** Describes the decoder of a run for people. @throws DecoderError when there is no such decoder */
export function describeRunDecoder(choice: DecodingChoice, grid: GridShape, decoders = DECODERS): RunDecoder {
  const { description } = decoderNamed(choice.decoder, decoders);
  const configured = configureDecoder(choice, decoders);
  return {
    label: description.label,
    detail: configured.detail,
    choices: description.settings.flatMap(({ kind, name, label }) =>
      kind === 'choice' ? [{ label, value: String(choice.settings[name]) }] : [],
    ),
    mostTokens: configured.steps(grid).mostTokens,
    events: configured.events ?? description.events,
    ...(configured.plainSteps && { plainSteps: configured.plainSteps(grid) }),
  };
}

function decoderNamed(name: string, decoders: readonly Decoder[]): Decoder {
  const found = decoders.find(({ description }) => description.name === name);
  if (found) return found;
  const names = decoders.map(({ description }) => description.name).join(', ');
  throw new DecoderError(
    `There is no decoder ${JSON.stringify(name.slice(0, 100))}; choose one of ${names}.`,
  );
}

/** @throws DecoderError naming the first setting that the decoder does not have */
function requireKnown(
  given: readonly string[],
  { label, settings }: DecoderDescription,
  fixed: readonly string[],
): void {
  const names = settings.map(({ name }) => name);
  const unknown = given.find((name) => !names.includes(name) && !fixed.includes(name));
  if (unknown === undefined) return;
  const known = names.length === 0 ? 'It has none' : `Its settings are ${names.join(', ')}`;
  throw new DecoderError(
    `${label} has no setting ${JSON.stringify(unknown.slice(0, 100))}; leave it out. ${known}.`,
  );
}

function checkSetting(
  setting: DecoderSetting,
  value: number | string | undefined,
  { grid, modelWindow }: DecodingContext,
): number | string {
  switch (setting.kind) {
    case 'choice': {
      const chosen = value ?? setting.otherwise;
      if (setting.choices.some((choice) => choice.value === chosen)) return chosen;
      const choices = setting.choices.map((choice) => choice.value).join(', ');
      throw new DecoderError(`${setting.label} ${JSON.stringify(chosen)} is none of ${choices}.`);
    }
    case 'integer': {
      const { low, high, otherwise, label, words = [] } = setting;
      const most = high === 'grid-width' ? grid.width : high;
      const usual = otherwise === 'model-window' ? modelWindow : otherwise;
      // A default number is for grids that are wide enough for it.
      const chosen = value ?? (typeof otherwise === 'number' ? Math.min(otherwise, most) : usual);
      if (words.some((word) => word.value === chosen)) return chosen;
      if (Number.isInteger(chosen) && Number(chosen) >= low && Number(chosen) <= most) return chosen;
      const range = `${low}..${most}${high === 'grid-width' ? ', the width of the token grid' : ''}`;
      const otherwiseWord = words.map((word) => ` or ${word.value}`).join('');
      throw new DecoderError(
        `${label} ${chosen} is outside ${range}; choose a number in that range${otherwiseWord}.`,
      );
    }
  }
}
