import type { Engine } from '../engine/engine';
import { EngineError } from '../engine/engine-messages';
import type { Run } from '../engine/run';
import { expectedAfterSteps } from '../engine/run-costs';
import { LONG_RUN_MS, timeLeftMs, type GenerateRequest } from '../protocol';
import { durationText } from './duration-text';
import { showPacking } from './packing-progress';
import { ProgressBar } from './progress-bar';
import { inEnglish } from '../protocol/sentence';

/** How often the progress of a drawing is redrawn. */
const REDRAWN_EVERY_MS = 500;
/** Share that a drawing reaches by its expected time. Only its end is the whole. */
const MOST_OF_DRAWING = 0.99;

/** Shows the progress of runs on stderr. The runs follow one another. */
export class RunProgress {
  private readonly bar = new ProgressBar();
  private started = 0;
  /** Whether the user knows how long the run takes. */
  private isTold = false;
  /** Redraws the progress while a picture is drawn, which is one call that reports nothing. */
  private drawing: NodeJS.Timeout | undefined;

  /** @param runs the number of runs that will be followed */
  constructor(
    private readonly engine: Engine,
    private readonly runs: number,
  ) {
    engine.events.on('packing', ({ plan }, fraction) => {
      showPacking(this.bar, plan.settings.precision, fraction);
    });
    engine.events.on('notice', (sentence) => {
      this.say(sentence);
    });
    engine.events.on('step', (run) => {
      this.showStep(run);
    });
    engine.events.on('drawing', (_, expectedMs) => {
      this.showDrawing(expectedMs);
    });
    engine.events.on('moved', (_, notice) => {
      this.say(inEnglish(notice));
    });
  }

  /**
   * Starts a run, shows its progress, and returns the run when it has ended. The first interrupt (Ctrl-C) stops the run and
   * keeps what is there.
   * @throws EngineError when the run fails
   */
  async follow(request: GenerateRequest): Promise<Run> {
    this.started++;
    this.isTold = false;
    const stop = (): void => {
      this.engine.cancel(0);
    };
    process.once('SIGINT', stop);
    const ended = new Promise<Run>((resolve) => this.engine.events.once('ended', resolve));
    try {
      const started = await this.engine.start(request, undefined, (run) => {
        this.tellDuration(run.plan.expectedMs, run);
      });
      for (const notice of started.notices) this.say(inEnglish(notice));
      const run = await ended;
      if (run.error) throw EngineError.from(run.error);
      return run;
    } finally {
      process.off('SIGINT', stop);
      clearInterval(this.drawing);
      this.bar.clear();
    }
  }

  private showStep(run: Run): void {
    const { trace, plan } = run;
    const { least, most } = plan.steps;
    const { stepMs, leastSteps } = trace;
    const leftMs = timeLeftMs({ stepMs, leastSteps, earlierSteps: plan.past?.steps ?? 0 });
    if (leftMs !== undefined && !this.isTold) this.tellDuration(expectedAfterSteps(run), run);
    const picture = this.runs > 1 ? `, picture ${this.started} of ${this.runs}` : '';
    const left =
      leftMs === undefined || trace.steps === trace.leastSteps ? '' : `, ${durationText(leftMs)} left`;
    this.bar.update(
      trace.steps,
      trace.leastSteps,
      `${least === most ? 'steps' : 'steps at least'}${picture}${left}`,
    );
  }

  private showDrawing(expectedMs: number): void {
    const began = performance.now();
    this.drawing = setInterval(() => {
      const share = Math.min((performance.now() - began) / expectedMs, MOST_OF_DRAWING);
      this.bar.updatePercentage(share, 'drawing the picture, expected');
    }, REDRAWN_EVERY_MS);
  }

  /** Says once, before a long run or in its first steps, how long it takes. */
  private tellDuration(ms: number | undefined, { plan }: Run): void {
    if (this.isTold || ms === undefined) return;
    this.isTold = true;
    if (ms < LONG_RUN_MS) return;
    const kept = this.engine.paths.saves ? ' It is saved every minute.' : '';
    this.say(
      `This picture takes about ${durationText(ms)} with ${plan.settings.model}; Ctrl-C stops it and keeps what is there.${kept}`,
    );
  }

  private say(sentence: string): void {
    this.bar.clear();
    process.stderr.write(`${sentence}\n`);
  }
}
