import type { Said } from './sentence';
import type { StepEvent } from './step-events';

/** A value that has a name, such as `windowed`. */
export interface NamedValue {
  readonly value: string;
  /** What the value means, as the end of a sentence. */
  readonly summary: string;
}

interface SettingDescription {
  /** Key in requests and JSON. The command line's option has the same name in kebab case: `firstRow`, `--first-row`. */
  readonly name: string;
  /** Name for people: "Window". */
  readonly label: string;
  /** What the setting does, in one sentence. */
  readonly summary: string;
  /** Whether the number of steps depends on the setting. */
  readonly changesSteps: boolean;
  /**
   * Sign before the value in a list of decoders, as `zipar eval` reads it: `zipar:9`. Absent when such a list cannot name the
   * setting. A decoder with a setting of sign `:` is always named with it.
   */
  readonly sign?: ':' | '+';
}

/** A setting of a decoder that is a whole number. */
export interface IntegerSetting extends SettingDescription {
  readonly kind: 'integer';
  readonly low: number;
  /** Highest value: a number, or the width of the token grid. */
  readonly high: number | 'grid-width';
  /** Values that are words instead of numbers, such as `auto`. */
  readonly words?: readonly NamedValue[];
  /** Default value: a number, a word, or `model-window`, the window that the model is decoded with by default. */
  readonly otherwise: number | string;
}

/** A setting of a decoder that is one of several named values. */
export interface ChoiceSetting extends SettingDescription {
  readonly kind: 'choice';
  readonly choices: readonly NamedValue[];
  readonly otherwise: string;
}

export type DecoderSetting = IntegerSetting | ChoiceSetting;

/** A description of a decoder for people and programs. Pickers, options, headers and metadata all read this one source. */
export interface DecoderDescription {
  /** Key in requests and JSON: `zipar-adaptive`. */
  readonly name: string;
  /** Name for people: "ZipAR adaptive". */
  readonly label: string;
  /** What the decoder does, in one sentence. */
  readonly summary: string;
  readonly settings: readonly DecoderSetting[];
  /** The kinds of events that its steps can have for cells, apart from the decision itself. */
  readonly events: readonly StepEvent['kind'][];
  /** Name of the decoder that an evaluation compares it with at an equal number of steps; absent means none. */
  readonly comparedWith?: string;
}

/** Values of a decoder's settings by name. */
export type DecoderSettings = Readonly<Record<string, number | string>>;

/** The decoder of a run, described for people. */
export interface RunDecoder {
  readonly label: string;
  /** Its settings in words, such as "window 4"; empty for a decoder without settings to name. */
  readonly detail: string;
  /** Settings that are one of several named values: label and value. */
  readonly choices: readonly { readonly label: string; readonly value: string }[];
  /** The most tokens that a step decides. */
  readonly mostTokens: number;
  /**
   * Steps in which a decoder without drafts makes the same picture, token for token; absent when the picture is the decoder's
   * own.
   */
  readonly plainSteps?: number;
  /** The kinds of events that its steps can have for cells, apart from the decision itself. */
  readonly events: readonly StepEvent['kind'][];
}

/** A decoder and its settings. */
export interface DecodingChoice {
  readonly decoder: string;
  /** In an answer: all settings, none missing, each in range. In a question: those that are not the default. */
  readonly settings: DecoderSettings;
}

/** The number of steps that a choice comes to, or the sentence that says why it cannot be decoded with. */
export type DecodingCost =
  | {
      readonly kind: 'steps';
      /** Both are equal when the settings tell the exact number. */
      readonly least: number;
      readonly most: number;
    }
  | { readonly kind: 'problem'; readonly problem: Said };
