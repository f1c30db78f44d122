import type { HostToWebview } from '../sidecar/protocol';
import { isPng } from '../sidecar/trace-file/png-chunks';
import { RECORDED_RUN, type RunRecord } from '../sidecar/trace-file/run-record';
import { readTraceFile } from '../sidecar/trace-file/trace-file';
import type { Insights } from './insights';
import type { Pictures } from './pictures';
import { decodePicture } from './png-pixels';
import type { Session } from './session';
import type { HostPort } from './transport/relay-transport';

type FileMessage = Extract<
  HostToWebview,
  {
    type:
      | 'show-file'
      | 'show-step'
      | 'can-draw'
      | 'drawn-step'
      | 'step-not-drawn'
      | 'inspected-cell'
      | 'cell-not-inspected';
  }
>;

/** The run of a file on the page. The host sends the file, and draws steps on request. */
export class RecordedFile {
  private file: string | undefined;
  private canDraw = false;
  /** A step that the host wants to show, as soon as the run is on the page. */
  private wantedStep: number | undefined;
  /** Requests to the host by step. */
  private readonly asked = new Map<number, number>();

  constructor(
    private readonly session: Session,
    private readonly to: { readonly pictures: () => Pictures; readonly insights: () => Insights },
    private readonly host: HostPort,
    private readonly nextId: () => number,
  ) {}

  /** URI of the file on the page. */
  get shown(): string | undefined {
    return this.file;
  }

  /** Asks the host for the picture of a step. Undefined if it cannot draw now. */
  ask(step: number): number | undefined {
    if (!this.canDraw) return undefined;
    const id = this.nextId();
    this.asked.set(step, id);
    this.host.post({ type: 'draw-step', step });
    return id;
  }

  /** Asks the host to let the model compute a cell again. Undefined if it cannot now. */
  inspect(position: number): number | undefined {
    if (!this.canDraw) return undefined;
    this.host.post({ type: 'inspect-cell', position });
    return this.nextId();
  }

  async receive(message: FileMessage): Promise<void> {
    switch (message.type) {
      case 'show-file':
        await this.show(message);
        return;
      case 'show-step':
        this.wantedStep = message.step;
        this.session.goTo(RECORDED_RUN, message.step);
        return;
      case 'can-draw':
        this.setCanDraw(message.canDraw);
        return;
      case 'drawn-step': {
        const { step, width, height, rgb } = message;
        const id = this.asked.get(step) ?? 0;
        this.to.pictures().received({ runId: RECORDED_RUN, step, id, width, height, rgb });
        return;
      }
      case 'inspected-cell':
        this.to.insights().received(RECORDED_RUN, message.alternatives);
        return;
      case 'cell-not-inspected':
        this.to.insights().refused(message.reason);
        return;
      case 'step-not-drawn':
        this.session.note(message.reason);
        this.to.pictures().failed(this.asked.get(message.step) ?? -1);
        return;
    }
  }

  private async show({ file, bytes, canDraw }: Extract<FileMessage, { type: 'show-file' }>): Promise<void> {
    this.file = file;
    const record = await readTraceFile(bytes);
    if (!record || this.file !== file) return;
    this.session.showRecord(record);
    if (this.wantedStep !== undefined) this.session.goTo(RECORDED_RUN, this.wantedStep);
    this.to.insights().knows(RECORDED_RUN, record);
    this.setCanDraw(canDraw);
    if (isPng(bytes)) await this.showPicture(bytes, record, file);
  }

  private async showPicture(bytes: Uint8Array, { snapshot }: RunRecord, file: string): Promise<void> {
    const picture = await decodePicture(bytes);
    if (this.file !== file) return;
    this.to.pictures().received({ runId: RECORDED_RUN, step: snapshot.step, id: 0, ...picture });
  }

  private setCanDraw(canDraw: boolean): void {
    this.canDraw = canDraw;
    this.session.setCanDraw(canDraw);
    if (canDraw) this.to.pictures().reconnected();
  }
}
