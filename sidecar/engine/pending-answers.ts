import type { ProtocolError } from '../protocol';
import type { Said } from '../protocol/sentence';
import { EngineError } from './engine-messages';

/** The caller that waits for an answer. */
interface Waiting<T> {
  readonly resolve: (answer: T) => void;
  readonly reject: (error: EngineError) => void;
}

/** Answers of one kind that a thread owes, by the numbers of their questions. */
export class PendingAnswers<T extends object> {
  private readonly waiting = new Map<number, Waiting<T>>();
  private last = 0;

  /** @param failure says what could not be done, and why */
  constructor(private readonly failure: (reason: string) => Said) {}

  /** Asks a question. @param send gets the number of the question @throws EngineError */
  ask(send: (id: number) => void): Promise<T> {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      send(id);
    });
  }

  /** Takes the answer to a question. */
  settle(id: number, result: T | { readonly error: ProtocolError }): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if ('error' in result) waiting?.reject(EngineError.from(result.error));
    else waiting?.resolve(result);
  }

  /** The thread ended: no answer follows. */
  failAll(cause: Error): void {
    for (const { reject } of this.waiting.values())
      reject(new EngineError('engine-failed', this.failure(cause.message), { cause }));
    this.waiting.clear();
  }
}
