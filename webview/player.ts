import type { Clock } from './clock';

/** Steps per second, or the speed of the run itself. */
export type PlaySpeed = number | 'as-decoded';

/** The run that the player moves through. */
export interface PlayedRun {
  readonly step: () => number;
  readonly stepsDone: () => number;
  /** Time that a step in 1..stepsDone took, in ms. */
  readonly msOfStep: (step: number) => number;
  readonly goTo: (step: number) => void;
}

/** Shortest time between two ticks. At higher speeds, one tick takes several steps. */
const MIN_TICK_MS = 16;

/** Plays a run and pauses. The pace stays even when ticks are late. The player stops at the newest step. */
export class Player {
  private cancelTick: (() => void) | undefined;
  private speed: PlaySpeed = 10;
  /** Time that the steps shown so far account for. */
  private playedUntil = 0;

  constructor(
    private readonly run: PlayedRun,
    private readonly clock: Clock,
    private readonly onChange: () => void,
  ) {}

  get playing(): boolean {
    return this.cancelTick !== undefined;
  }

  /** Plays from the step shown; from the start if that step is the newest. */
  play(): void {
    if (this.playing || this.run.stepsDone() === 0) return;
    if (this.run.step() >= this.run.stepsDone()) this.run.goTo(0);
    this.playedUntil = this.clock.now();
    this.schedule();
    this.onChange();
  }

  pause(): void {
    if (!this.playing) return;
    this.cancelTick?.();
    this.cancelTick = undefined;
    this.onChange();
  }

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  setSpeed(speed: PlaySpeed): void {
    this.speed = speed;
    if (!this.playing) return;
    this.cancelTick?.();
    this.playedUntil = this.clock.now();
    this.schedule();
  }

  private schedule(): void {
    const due = this.playedUntil + this.msBefore(this.run.step() + 1) - this.clock.now();
    this.cancelTick = this.clock.after(Math.max(due, MIN_TICK_MS), () => {
      this.tick();
    });
  }

  private tick(): void {
    const now = this.clock.now();
    let step = this.run.step();
    while (step < this.run.stepsDone() && this.playedUntil + this.msBefore(step + 1) <= now) {
      step++;
      this.playedUntil += this.msBefore(step);
    }
    if (step !== this.run.step()) this.run.goTo(step);
    if (step >= this.run.stepsDone()) this.pause();
    else this.schedule();
  }

  /** Time for which the step before `step` stays on screen, in ms. */
  private msBefore(step: number): number {
    return this.speed === 'as-decoded' ? this.run.msOfStep(step) : 1000 / this.speed;
  }
}
