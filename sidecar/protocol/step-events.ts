interface EventPlace {
  /** 1-based step. */
  readonly step: number;
  /** Raster index of the cell. */
  readonly position: number;
}

/** A candidate for a row's first token was weighed in the step after its draw (`zipar-adaptive`). */
export interface JudgedEvent extends EventPlace {
  readonly kind: 'judged';
  /** Codebook index of the candidate. */
  readonly token: number;
  /**
   * Whether the candidate was decided. If not, the step drew another one. The next step judges it, or it is decided at once
   * when the row above is complete.
   */
  readonly accepted: boolean;
  /** Probability of the candidate with the tokens that the row above held in the step before, 0..1. */
  readonly narrower: number;
  /** Probability of the candidate with the one further token that the row above held in this step, 0..1. */
  readonly wider: number;
}

/** A step guessed a token for a cell. A later step checks the guess. */
export interface DraftedEvent extends EventPlace {
  readonly kind: 'drafted';
  /** Codebook index of the draft. */
  readonly token: number;
}

/** The step decided the same token as the draft. */
export interface ConfirmedEvent extends EventPlace {
  readonly kind: 'confirmed';
  readonly token: number;
}

/** The step decided or drafted another token than the earlier draft. */
export interface CorrectedEvent extends EventPlace {
  readonly kind: 'corrected';
  /** Codebook index of the token that holds now. */
  readonly token: number;
  /** Codebook index of the draft that was wrong. */
  readonly draft: number;
}

/** What happened to a cell in a step, apart from the decision itself. */
export type StepEvent = JudgedEvent | DraftedEvent | ConfirmedEvent | CorrectedEvent;
