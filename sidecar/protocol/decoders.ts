import type { StepEvent } from './step-events';

/** A whole number that a decoder is set by. */
export interface IntegerSetting {
  readonly kind: 'integer';
  /** Key in requests, JSON and the command line's options: `window`. */
  readonly name: string;
  /** For people: "Window". */
  readonly label: string;
  /** What it does, a sentence. */
  readonly summary: string;
  readonly low: number;
  /** Highest value; the width of the token grid where it is not a number. */
  readonly high: number | 'grid-width';
  /** Value when nothing is said; the model's own window where it is not a number. */
  readonly otherwise: number | 'model-window';
}

/** A choice among named values. */
export interface ChoiceSetting {
  readonly kind: 'choice';
  readonly name: string;
  readonly label: string;
  readonly summary: string;
  readonly choices: readonly { readonly value: string; readonly summary: string }[];
  readonly otherwise: string;
}

export type DecoderSetting = IntegerSetting | ChoiceSetting;

/** A decoder as people and programs meet it: the one source for pickers, options, headers and metadata. */
export interface DecoderDescription {
  /** Key in requests and JSON: `zipar-adaptive`. */
  readonly name: string;
  /** For people: "ZipAR adaptive". */
  readonly label: string;
  /** What it does, a sentence. */
  readonly summary: string;
  readonly settings: readonly DecoderSetting[];
  /** What can happen to cells in its steps, apart from being decided. */
  readonly events: readonly StepEvent['kind'][];
}

/** Values of a decoder's settings by name. */
export type DecoderSettings = Readonly<Record<string, number | string>>;

/** The decoder of a run, for people. */
export interface RunDecoder {
  readonly label: string;
  /** Its settings in words, such as "window 4"; empty when there is nothing to say. */
  readonly detail: string;
  /** Settings that are a choice among named values: label and value. */
  readonly choices: readonly { readonly label: string; readonly value: string }[];
  /** Tokens that a step decides at most. */
  readonly mostTokens: number;
  /** What can happen to cells in its steps, apart from being decided. */
  readonly events: readonly StepEvent['kind'][];
}

/** A decoder and how it is set. */
export interface DecodingChoice {
  readonly decoder: string;
  /** Complete and in range. */
  readonly settings: DecoderSettings;
}
