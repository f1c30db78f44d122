import type { Engine } from '../engine/engine';
import { EngineError } from '../engine/engine-messages';
import { checkHardware, describeHardware } from '../engine/hardware-report';
import { inEnglish, sentence, type Said } from '../protocol/sentence';

/** The check of this machine's hardware. Only one check runs at a time: a request that comes meanwhile gets the same report. */
export class HardwareCheck {
  private running: Promise<readonly Said[]> | undefined;

  constructor(
    private readonly engine: Engine,
    private readonly log: (line: string) => void,
  ) {}

  /** Runs the check. @throws EngineError while a picture is being made */
  async report(): Promise<readonly Said[]> {
    this.running ??= this.check().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async check(): Promise<readonly Said[]> {
    const { paths, providers, isBusy } = this.engine;
    if (isBusy)
      throw new EngineError(
        'busy',
        sentence`A picture is being made, which would be measured, too; check when it is done.`,
      );
    const report = describeHardware(await checkHardware(paths, providers));
    for (const line of report.map(inEnglish)) if (line !== '') this.log(line);
    return report;
  }
}
