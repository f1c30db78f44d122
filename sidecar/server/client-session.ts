import type { RawData, WebSocket } from 'ws';
import { describeRun, type Engine, type Run } from '../engine/engine';
import { EngineError, type DecodedImage } from '../engine/engine-messages';
import { errorReport } from '../engine/error-report';
import { checkHardware, describeHardware } from '../engine/hardware-report';
import { generationText } from '../image/generation-metadata';
import { encodePng } from '../image/png';
import {
  encodeFile,
  encodePicture,
  MessageError,
  parseClientMessage,
  type ClientMessage,
  type RunDescription,
  type SidecarMessage,
} from '../protocol';
import { SnapshotStream } from './snapshot-stream';

/** One client on its socket: answers its requests and keeps it up to date with the runs it watches. */
export class ClientSession {
  private readonly watched = new Map<number, SnapshotStream>();
  /** The request whose model is being opened. */
  private loading: number | undefined;

  constructor(
    private readonly socket: WebSocket,
    private readonly engine: Engine,
    /** Tells every other client. */
    private readonly tellOthers: (message: SidecarMessage, from: ClientSession) => void,
    private readonly log: (line: string) => void,
  ) {
    socket.on('message', (data, isBinary) => {
      void this.receive(data, isBinary);
    });
  }

  send(message: SidecarMessage): void {
    this.socket.send(JSON.stringify(message));
  }

  onStep(run: Run): void {
    this.watched.get(run.runId)?.update();
  }

  onPacking({ runId, plan }: Run, fraction: number): void {
    if (this.loading === undefined) return;
    this.send({ type: 'packing', id: this.loading, runId, precision: plan.settings.precision, fraction });
  }

  onPreview(run: Run, step: number, image: DecodedImage): void {
    if (this.watched.has(run.runId)) this.sendPicture(run, step, 0, image);
  }

  onEnded(run: Run): void {
    this.watched.get(run.runId)?.flush();
  }

  private async receive(data: RawData, isBinary: boolean): Promise<void> {
    if (isBinary) {
      this.fail(-1, { code: 'unsupported-frame', message: 'Clients send text messages only.' });
      return;
    }
    let message: ClientMessage;
    try {
      message = parseClientMessage((data as Buffer).toString('utf8'));
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.fail(error.id, error.error);
      return;
    }
    try {
      await this.answer(message);
    } catch (error) {
      const report = errorReport(error);
      this.log(`${message.type} failed: ${report.message}`);
      this.fail(message.id, report);
    }
  }

  private async answer(message: ClientMessage): Promise<void> {
    const { id } = message;
    switch (message.type) {
      case 'ping':
        this.send({ type: 'pong', id });
        break;
      case 'list-models':
        this.send({
          type: 'models',
          id,
          ...(await this.engine.listModels(message.folders, message.textEncoder)),
        });
        break;
      case 'generate':
        await this.generate(message);
        break;
      case 'cancel':
        this.engine.cancel(this.runOf(message).runId);
        this.send({ type: 'ok', id });
        break;
      case 'watch': {
        const run = this.runOf(message);
        this.send({ type: 'run-description', id, run: describeRun(run) });
        this.watch(run).hydrate();
        break;
      }
      case 'unwatch':
        this.watched.delete(this.runOf(message).runId);
        this.send({ type: 'ok', id });
        break;
      case 'preview': {
        const run = this.runOf(message);
        this.sendPicture(run, message.step, id, await this.engine.picture(run, message.step));
        break;
      }
      case 'check-hardware':
        this.send({ type: 'hardware', id, report: await this.checkHardware() });
        break;
      case 'export-png': {
        const run = this.runOf(message);
        this.socket.send(
          encodeFile({ runId: run.runId, id, mediaType: 'image/png', bytes: await pngOf(this.engine, run) }),
        );
        break;
      }
    }
  }

  private async checkHardware(): Promise<string> {
    const { engine } = this;
    if (engine.isBusy)
      throw new EngineError(
        'busy',
        'A picture is being made, which would be measured, too; check when it is done.',
      );
    const report = describeHardware(await checkHardware(engine.paths, engine.providers));
    for (const line of report.split('\n')) if (line !== '') this.log(line);
    return report;
  }

  private async generate({ id, request }: Extract<ClientMessage, { type: 'generate' }>): Promise<void> {
    try {
      const run = await this.engine.start(
        request,
        (model) => {
          this.loading = id;
          this.send({ type: 'loading', id, model });
        },
        (started) => {
          this.watch(started);
          const description: RunDescription = describeRun(started);
          this.send({ type: 'run-started', id, run: description, notices: started.notices });
          this.tellOthers({ type: 'run-started', id: 0, run: description, notices: [] }, this);
        },
      );
      this.log(`Run ${run.runId} began: ${describePlan(run.plan)}`);
    } finally {
      // A request that is refused as busy leaves alone the one that is loading.
      if (this.loading === id) this.loading = undefined;
    }
  }

  private watch(run: Run): SnapshotStream {
    let stream = this.watched.get(run.runId);
    if (!stream) {
      stream = new SnapshotStream(this.socket, run);
      this.watched.set(run.runId, stream);
    }
    return stream;
  }

  private runOf({ runId }: { readonly runId: number }): Run {
    const run = this.engine.run(runId);
    if (!run)
      throw new EngineError(
        'not-found',
        runId === 0 ? 'No picture was made yet.' : `Run ${runId} is not known (any more); generate again.`,
      );
    return run;
  }

  private sendPicture(run: Run, step: number, id: number, image: DecodedImage): void {
    this.socket.send(encodePicture({ runId: run.runId, step, id, ...image }));
  }

  private fail(id: number, error: { readonly code: EngineError['code']; readonly message: string }): void {
    this.send({ type: 'error', id, error });
  }
}

function describePlan({ steps: { least, most }, settings, execution }: Run['plan']): string {
  const steps = least === most ? String(least) : `${least} to ${most}`;
  const { device, reason } = execution.described;
  return `${steps} steps on ${settings.provider} (${device ?? 'unknown device'}). ${reason} ${execution.precisionReason}`;
}

async function pngOf(engine: Engine, run: Run): Promise<Uint8Array> {
  if (run.state !== 'complete')
    throw new EngineError('bad-request', 'Only a finished picture can be exported; wait until it is done.');
  const image = await engine.picture(run, run.trace.steps);
  return encodePng(image.rgb, image.width, image.height, generationText(describeRun(run), run.trace.steps));
}
