import type { DecodedStep } from '../decoding/decoder';
import type { RunStop } from '../protocol';

/**
 * The gate between two steps of a decoding: a closed gate lets the decoding wait. It closes on request, at the end of a step,
 * or when a cell is decided. The decoding keeps its model and all it has computed meanwhile.
 */
export class StepGate {
  /** Where the gate closes next: after the step that is being made, or later. Undefined: never. */
  private stop: RunStop | 'next' | undefined;
  private open: (() => void) | undefined;
  /** Work that uses the model while the decoding waits. */
  private work: Promise<void> = Promise.resolve();

  /** @param cancelled a cancelled decoding does not wait */
  constructor(private readonly cancelled: AbortSignal) {
    cancelled.addEventListener('abort', () => {
      this.open?.();
    });
  }

  /** Whether a decoding waits here. */
  get isHolding(): boolean {
    return this.open !== undefined;
  }

  /** Closes the gate after the step that is being made. */
  close(): void {
    this.stop = 'next';
  }

  /** Lets the decoding go on. @param until where the gate closes again; undefined: nowhere */
  goOn(until: RunStop | undefined): void {
    this.stop = until;
    this.open?.();
  }

  /** Whether the decoding has to wait after a step. After the last step there is nothing to wait for. */
  closesAfter({
    step,
    leastSteps,
    decisions,
  }: Pick<DecodedStep, 'step' | 'leastSteps' | 'decisions'>): boolean {
    const { stop } = this;
    if (stop === undefined || this.cancelled.aborted || step === leastSteps) return false;
    if (stop === 'next') return true;
    return stop.kind === 'step'
      ? step >= stop.step
      : decisions.some(({ position }) => position === stop.position);
  }

  /** Resolves when the decoding may go on, or is cancelled. */
  async wait(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.open = resolve;
    });
    this.open = undefined;
    await this.work;
  }

  /** Does something with the model while the decoding waits. The decoding goes on when that is done. */
  meanwhile(work: () => Promise<void>): void {
    this.work = this.work.then(work);
  }
}
