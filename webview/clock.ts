/** A clock that is passed as an argument, so tests can control time. */
export interface Clock {
  /** Milliseconds since any fixed moment. The value never decreases. */
  now(): number;
  /** Calls `task` once, after `ms` milliseconds. Returns a function that cancels the call. */
  after(ms: number, task: () => void): () => void;
}
