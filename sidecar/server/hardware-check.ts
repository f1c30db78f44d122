import type { Engine } from '../engine/engine';
import { EngineError } from '../engine/engine-messages';
import { checkHardware, describeHardware } from '../engine/hardware-report';
import { sentence } from '../protocol/sentence';

/** The check of this machine's hardware. Only one check runs at a time: a request that comes meanwhile gets the same report. */
export class HardwareCheck {
  private running: Promise<string> | undefined;

  constructor(
    private readonly engine: Engine,
    private readonly log: (line: string) => void,
  ) {}

  /** Runs the check. @throws EngineError while a picture is being made */
  async report(): Promise<string> {
    this.running ??= this.check().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async check(): Promise<string> {
    const { paths, providers, isBusy } = this.engine;
    if (isBusy)
      throw new EngineError(
        'busy',
        sentence`A picture is being made, which would be measured, too; check when it is done.`,
      );
    const report = describeHardware(await checkHardware(paths, providers));
    for (const line of report.split('\n')) if (line !== '') this.log(line);
    return report;
  }
}
