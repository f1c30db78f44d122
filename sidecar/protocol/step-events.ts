interface EventPlace {
  /** 1-based step. */
  readonly step: number;
  /** Raster index of the cell. */
  readonly position: number;
}

/** A candidate for a row's first token was weighed in the step after it was drawn (`zipar-adaptive`). */
export interface JudgedEvent extends EventPlace {
  readonly kind: 'judged';
  /** Codebook index of the candidate. */
  readonly token: number;
  /** Whether it was decided. If not, the step drew another: it is judged in the next step, or decided at once when the row above is complete. */
  readonly accepted: boolean;
  /** Probability of the candidate with what the row above held in the step before, 0..1. */
  readonly narrower: number;
  /** Its probability with the token more that the row above held in this step, 0..1. */
  readonly wider: number;
}

/** A token was guessed for a cell, to be checked by a later step. */
export interface DraftedEvent extends EventPlace {
  readonly kind: 'drafted';
  /** Codebook index of the draft. */
  readonly token: number;
}

/** The step decided the token that a draft had guessed. */
export interface ConfirmedEvent extends EventPlace {
  readonly kind: 'confirmed';
  readonly token: number;
}

/** The step decided or drafted another token than the draft before it. */
export interface CorrectedEvent extends EventPlace {
  readonly kind: 'corrected';
  /** Codebook index that holds now. */
  readonly token: number;
  /** Codebook index of the draft that was wrong. */
  readonly draft: number;
}

/** What happened to a cell in a step, apart from being decided. */
export type StepEvent = JudgedEvent | DraftedEvent | ConfirmedEvent | CorrectedEvent;
