import type { Engine } from '../engine/engine';
import { EngineError } from '../engine/engine-messages';
import type { Run } from '../engine/run';
import type { GenerateRequest } from '../protocol';
import { showPacking } from './packing-progress';
import { ProgressBar } from './progress-bar';

/** Shows the progress of runs on stderr. The runs follow one another. */
export class RunProgress {
  private readonly bar = new ProgressBar();
  private started = 0;

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
    engine.events.on('step', ({ trace, plan }) => {
      const { least, most } = plan.steps;
      const picture = this.runs > 1 ? `, picture ${this.started} of ${this.runs}` : '';
      this.bar.update(
        trace.steps,
        trace.leastSteps,
        `${least === most ? 'steps' : 'steps at least'}${picture}`,
      );
    });
    engine.events.on('moved', (_, notice) => {
      this.say(notice);
    });
  }

  /** Starts a run, shows its progress, and returns the run when it has ended. @throws EngineError when the run fails */
  async follow(request: GenerateRequest): Promise<Run> {
    this.started++;
    const ended = new Promise<Run>((resolve) => this.engine.events.once('ended', resolve));
    try {
      const started = await this.engine.start(request);
      for (const notice of started.notices) this.say(notice);
      const run = await ended;
      if (run.error) throw EngineError.from(run.error);
      return run;
    } finally {
      this.bar.clear();
    }
  }

  private say(sentence: string): void {
    this.bar.clear();
    process.stderr.write(`${sentence}\n`);
  }
}
