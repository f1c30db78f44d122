/** Time as a value that can be handed in, so that tests own it. */
export interface Clock {
  /** Milliseconds since any fixed moment; never goes back. */
  now(): number;
  /** Calls `task` once, `ms` from now. Returns what takes it back. */
  after(ms: number, task: () => void): () => void;
}
