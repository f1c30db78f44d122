import type {
  DecoderDescription,
  DecoderSetting,
  DecoderSettings,
  DecodingChoice,
  RunDecoder,
} from '../protocol';
import type { ConfiguredDecoder, Decoder } from './decoder';
import type { GridShape } from './token-grid';
import { RASTER, ZIPAR, ZIPAR_ADAPTIVE } from './zipar/decoders';

/** All decoders. To add a decoder, add a folder and a line here. */
const DECODERS: readonly Decoder[] = [RASTER, ZIPAR, ZIPAR_ADAPTIVE];

/** There is no such decoder, or it cannot have the given setting. */
export class DecoderError extends Error {
  override readonly name = 'DecoderError';
}

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
 * A decoder with all its settings. Settings that the decoder does not have are left out, so that one request suits every
 * decoder.
 * @param given values by name
 * @throws DecoderError when there is no such decoder, a value is out of range, or the decoder cannot have a setting
 */
export function chooseDecoding(
  name: string,
  given: DecoderSettings,
  context: DecodingContext,
  decoders = DECODERS,
): DecodingChoice {
  const { description, fixed, refusalOf } = decoderNamed(name, decoders);
  const refusal = refusalOf?.(given);
  if (refusal !== undefined) throw new DecoderError(refusal);
  const settings = description.settings.map((setting) => [
    setting.name,
    checkSetting(setting, given[setting.name], context),
  ]);
  return {
    decoder: name,
    settings: { ...fixed?.(context.grid), ...(Object.fromEntries(settings) as DecoderSettings) },
  };
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
      const { low, high, otherwise, label } = setting;
      const chosen = value ?? (otherwise === 'model-window' ? modelWindow : otherwise);
      const most = high === 'grid-width' ? grid.width : high;
      if (Number.isInteger(chosen) && Number(chosen) >= low && Number(chosen) <= most) return chosen;
      const range = `${low}..${most}${high === 'grid-width' ? ', the width of the token grid' : ''}`;
      throw new DecoderError(`${label} ${chosen} is outside ${range}; choose a number in that range.`);
    }
  }
}
