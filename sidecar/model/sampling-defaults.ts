import type { Draft } from './json-fields';

/** Sampling that suits a model. */
export interface SamplingDefaults {
  readonly guidance: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  /** 1..W, or undefined: about a quarter of the width. */
  readonly window: number | undefined;
}

/** What a manifest says about sampling. */
export type ManifestDefaults = Draft<SamplingDefaults>;

/** Sampling for a model whose manifest and publication do not name it. */
export const GENERAL_DEFAULTS: SamplingDefaults = {
  guidance: 4,
  temperature: 1,
  topK: 0,
  topP: 1,
  window: undefined,
};
