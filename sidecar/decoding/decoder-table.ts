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
import { sentence, SentenceError, type Said } from '../protocol/sentence';

/** The error for a decoder that does not exist, or for a setting that the decoder cannot have. */
export class DecoderError extends SentenceError {
  override readonly name = 'DecoderError';
}

/** The name of the decoder that all others are compared with: `raster`, one token in each step. */
export const RASTER_ORDER = RASTER.description.name;

/** The name of the decoder that is used if a request names no decoder. */
export const DEFAULT_DECODER = ZIPAR.description.name;

/** The values on which defaults and ranges of settings depend. */
export interface DecodingContext {
  readonly grid: GridShape;
  /** The default window of the model. */
  readonly modelWindow: number;
}

/** The descriptions of all decoders, in the order in which the program offers them. */
export function describeDecoders(decoders = DECODERS): readonly DecoderDescription[] {
  return decoders.map(({ description }) => description);
}

/**
 * Completes the settings of a decoder with the default values, and checks them.
 * @param given values by name. They may include a setting that is fixed for this decoder. Then the fixed value counts.
 * @throws DecoderError when the decoder does not exist, does not have a given setting, or has a value out of range
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

/** The decoder of a choice, with its settings. @throws DecoderError when there is no such decoder */
export function configureDecoder(
  { decoder, settings }: DecodingChoice,
  decoders = DECODERS,
): ConfiguredDecoder {
  return decoderNamed(decoder, decoders).configure(settings);
}

/** The description of a run's decoder for the page and the PNG. @throws DecoderError when there is no such decoder */
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
    sentence`There is no decoder ${JSON.stringify(name.slice(0, 100))}; choose one of ${names}.`,
  );
}

/** Checks that the decoder has all given settings. @throws DecoderError with the name of the first unknown setting */
function requireKnown(
  given: readonly string[],
  { label, settings }: DecoderDescription,
  fixed: readonly string[],
): void {
  const names = settings.map(({ name }) => name);
  const unknown = given.find((name) => !names.includes(name) && !fixed.includes(name));
  if (unknown === undefined) return;
  const known = names.length === 0 ? sentence`It has none` : sentence`Its settings are ${names.join(', ')}`;
  throw new DecoderError(
    sentence`${label} has no setting ${JSON.stringify(unknown.slice(0, 100))}; leave it out. ${known}.`,
  );
}

/** The value of a setting, or its default if there is no value. @throws DecoderError when the value is out of range */
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
      throw new DecoderError(sentence`${setting.label} ${JSON.stringify(chosen)} is none of ${choices}.`);
    }
    case 'integer': {
      const { low, high, otherwise, label, words = [] } = setting;
      const most = high === 'grid-width' ? grid.width : high;
      const usual = otherwise === 'model-window' ? modelWindow : otherwise;
      // On a narrow grid, a default number may be too large. Then the largest value is used.
      const chosen = value ?? (typeof otherwise === 'number' ? Math.min(otherwise, most) : usual);
      if (words.some((word) => word.value === chosen)) return chosen;
      if (Number.isInteger(chosen) && Number(chosen) >= low && Number(chosen) <= most) return chosen;
      const numbers = `${low}..${most}`;
      const range = high === 'grid-width' ? sentence`${numbers}, the width of the token grid` : numbers;
      const otherwiseWord = words.reduce<Said>((before, word) => sentence`${before} or ${word.value}`, '');
      throw new DecoderError(
        sentence`${label} ${chosen} is outside ${range}; choose a number in that range${otherwiseWord}.`,
      );
    }
  }
}
