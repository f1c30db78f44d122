import type {
  DecoderDescription,
  DecoderSetting,
  DecoderSettings,
  DecodingChoice,
  ModelSummary,
} from '../sidecar/protocol';
import type { GenerationSettings, SessionChoices } from './settings';

/** The decoder of the next images, with the settings that were chosen for it. */
export interface NextDecoding {
  /** Undefined when the table does not have the decoder. */
  readonly description: DecoderDescription | undefined;
  /** A setting that was not chosen has its default. */
  readonly choice: DecodingChoice;
}

/** Finds the decoder of the next images. The session's choices win over the settings. */
export function nextDecoding(
  session: SessionChoices,
  settings: GenerationSettings,
  decoders: readonly DecoderDescription[],
): NextDecoding {
  const decoder = session.decoder ?? settings.decoder;
  const description = decoders.find(({ name }) => name === decoder);
  const chosen = { ...settings.decoderSettings, ...session.decoderSettings };
  return { description, choice: { decoder, settings: settingsOf(chosen, description) } };
}

/** The settings that a decoder has. Others were chosen for another decoder, and do not matter to this one. */
export function settingsOf(
  chosen: DecoderSettings,
  description: DecoderDescription | undefined,
): DecoderSettings {
  const names = description?.settings.map(({ name }) => name) ?? [];
  return Object.fromEntries(Object.entries(chosen).filter(([name]) => names.includes(name)));
}

/** The value that a setting has when none was chosen; undefined while the model is not known. */
export function defaultOf(
  { otherwise }: DecoderSetting,
  model: ModelSummary | undefined,
): number | string | undefined {
  return otherwise === 'model-window' ? model?.defaults.window : otherwise;
}

/** The settings to name in a summary, with their values: those that the model decides, and those that are not the default. */
export function settingsToName(
  { description, choice }: NextDecoding,
  model: ModelSummary | undefined,
): readonly (readonly [setting: DecoderSetting, value: number | string])[] {
  return (description?.settings ?? []).flatMap((setting) => {
    const value = choice.settings[setting.name] ?? defaultOf(setting, model);
    const isNamed = setting.otherwise === 'model-window' || value !== setting.otherwise;
    return value !== undefined && isNamed ? [[setting, value] as const] : [];
  });
}

/** Whether a setting takes a number. A setting up to the grid's width needs the model. */
export function isInRange(setting: DecoderSetting, value: number, model: ModelSummary | undefined): boolean {
  if (setting.kind === 'choice' || !Number.isInteger(value)) return false;
  return value >= setting.low && value <= highestOf(setting, model);
}

function highestOf(
  { low, high }: Extract<DecoderSetting, { kind: 'integer' }>,
  model: ModelSummary | undefined,
): number {
  return high === 'grid-width' ? (model?.grid[1] ?? low) : high;
}

/**
 * Values worth offering for a setting. For a number: its words, its ends, powers of two, and the default. A setting up to the
 * grid's width needs the model.
 */
export function offeredValues(
  setting: DecoderSetting,
  model: ModelSummary | undefined,
): readonly (number | string)[] {
  if (setting.kind === 'choice') return setting.choices.map(({ value }) => value);
  const { low, words = [] } = setting;
  const high = highestOf(setting, model);
  const usual = defaultOf(setting, model);
  const numbers = new Set([low, high, ...(typeof usual === 'number' ? [usual] : [])]);
  for (let value = 1; value < high; value *= 2) numbers.add(value);
  return [
    ...words.map(({ value }) => value),
    ...[...numbers].filter((value) => value >= low && value <= high).sort((a, b) => a - b),
  ];
}
