import { InvalidArgumentError, Option, type Command } from 'commander';
import type { DecoderDescription, DecoderSetting, DecoderSettings } from '../protocol';
import { integer } from './option-values';

/** Values that an option takes as a whole number. The decoder checks its own range, which may depend on the model. */
const NUMBERS = integer(-9999, 9999);

/** Parsed options of a command, by their names in camel case. */
export type DecoderOptionValues = Readonly<Record<string, unknown>>;

/** A setting with the decoders that have it. */
interface SharedSetting {
  readonly setting: DecoderSetting;
  readonly decoders: readonly string[];
}

/** Adds an option for each setting of these decoders: the setting `firstRow` is the option `--first-row`. */
export function addSettingOptions(command: Command, decoders: readonly DecoderDescription[]): Command {
  for (const shared of settingsOf(decoders)) command.addOption(settingOption(shared));
  return command;
}

/** Reads the settings out of the parsed options. An option that was not given is left out. */
export function settingsFrom(
  options: DecoderOptionValues,
  decoders: readonly DecoderDescription[],
): DecoderSettings {
  return Object.fromEntries(
    settingsOf(decoders).flatMap(({ setting: { name } }) => {
      const value = options[name];
      return typeof value === 'number' || typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

/** The flag of a setting's option, such as `--first-row`. */
export function flagOf({ name }: DecoderSetting): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The settings of all decoders, each name once. */
function settingsOf(decoders: readonly DecoderDescription[]): readonly SharedSetting[] {
  const byName = new Map<string, SharedSetting>();
  for (const { name: decoder, settings } of decoders)
    for (const setting of settings) {
      const shared = byName.get(setting.name) ?? { setting, decoders: [] };
      byName.set(setting.name, { ...shared, decoders: [...shared.decoders, decoder] });
    }
  return [...byName.values()];
}

function settingOption({ setting, decoders }: SharedSetting): Option {
  const help = `${withoutFullStop(setting.summary)} (${decoders.join(', ')})`;
  switch (setting.kind) {
    case 'choice':
      return new Option(`${flagOf(setting)} <how>`, help).choices(setting.choices.map(({ value }) => value));
    case 'integer': {
      const words = (setting.words ?? []).map(({ value }) => value);
      const values = ['n', ...words].join('|');
      return new Option(`${flagOf(setting)} <${values}>`, help).argParser(numberOr(words));
    }
  }
}

function numberOr(words: readonly string[]): (text: string) => number | string {
  return (text) => {
    if (words.includes(text)) return text;
    try {
      return NUMBERS(text);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError) || words.length === 0) throw error;
      throw new InvalidArgumentError(`${withoutFullStop(error.message)}, or ${words.join(', ')}.`);
    }
  };
}

/** A sentence as it stands in a list of options: without a capital and without its full stop. */
function withoutFullStop(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, '');
}
