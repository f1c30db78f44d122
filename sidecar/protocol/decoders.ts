import type { StepEvent } from './step-events';

/** A setting of a decoder that is a whole number. */
export interface IntegerSetting {
  readonly kind: 'integer';
  /** Key in requests, JSON and the command line's options: `window`. */
  readonly name: string;
  /** Name for people: "Window". */
  readonly label: string;
  /** What the setting does, in one sentence. */
  readonly summary: string;
  readonly low: number;
  /** Highest value: a number, or the width of the token grid. */
  readonly high: number | 'grid-width';
  /** Default value: a number, or the model's own window. */
  readonly otherwise: number | 'model-window';
}

/** A setting of a decoder that is one of several named values. */
export interface ChoiceSetting {
  readonly kind: 'choice';
  readonly name: string;
  readonly label: string;
  readonly summary: string;
  readonly choices: readonly { readonly value: string; readonly summary: string }[];
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
  /** The kinds of events that its steps can have for cells, apart from the decision itself. */
  readonly events: readonly StepEvent['kind'][];
}

/** A decoder and its settings. */
export interface DecodingChoice {
  readonly decoder: string;
  /** All settings, none missing, each in range. */
  readonly settings: DecoderSettings;
}
