import type { Clock } from './clock';

/** Steps per second, or the speed of the run itself. */
export type PlaySpeed = number | 'as-decoded';

/** Steps that are played again and again, both ends included. */
export interface StepRange {
  readonly from: number;
  readonly to: number;
}

/** The run that the player moves through. */
export interface PlayedRun {
  readonly step: () => number;
  readonly stepsDone: () => number;
  /** Time that a step in 1..stepsDone took, in ms. */
  readonly msOfStep: (step: number) => number;
  readonly goTo: (step: number) => void;
  /** The range to play again and again; undefined for none. */
  readonly range?: () => StepRange | undefined;
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

  /** Plays from the step shown; from the start if that step is the last one to play. */
  play(): void {
    if (this.playing || this.run.stepsDone() === 0) return;
    const { from, to } = this.bounds();
    if (this.run.step() >= to || this.run.step() < from) this.run.goTo(from);
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

  /** The first and the last step to play. */
  private bounds(): StepRange {
    const done = this.run.stepsDone();
    const range = this.run.range?.();
    return range ? { from: Math.min(range.from, done), to: Math.min(range.to, done) } : { from: 0, to: done };
  }

  private schedule(): void {
    const due = this.playedUntil + this.msBefore(this.run.step() + 1) - this.clock.now();
    this.cancelTick = this.clock.after(Math.max(due, MIN_TICK_MS), () => {
      this.tick();
    });
  }

  private tick(): void {
    const now = this.clock.now();
    const { from, to } = this.bounds();
    let step = this.run.step();
    if (this.run.range?.() && step >= to && this.playedUntil + this.msBefore(to) <= now) {
      step = from;
      this.playedUntil = now;
    }
    while (step < to && this.playedUntil + this.msBefore(step + 1) <= now) {
      step++;
      this.playedUntil += this.msBefore(step);
    }
    if (step !== this.run.step()) this.run.goTo(step);
    if (step >= to && !this.run.range?.()) this.pause();
    else this.schedule();
  }

  /** Time for which the step before `step` stays on screen, in ms. */
  private msBefore(step: number): number {
    return this.speed === 'as-decoded' ? this.run.msOfStep(step) : 1000 / this.speed;
  }
}
