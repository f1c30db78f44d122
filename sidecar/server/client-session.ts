import type { RawData, WebSocket } from 'ws';
import { decodingCosts } from '../engine/decoding-costs';
import { describeRun } from '../engine/describe-run';
import type { Engine } from '../engine/engine';
import { EngineError, type DecodedImage } from '../engine/engine-messages';
import { errorReport } from '../engine/error-report';
import type { Run } from '../engine/run';
import {
  encodeFile,
  encodePicture,
  MessageError,
  parseClientMessage,
  type ClientMessage,
  type RunDescription,
  type SidecarMessage,
} from '../protocol';
import { ClientSocket } from './client-socket';
import type { HardwareCheck } from './hardware-check';
import { RequestLine } from './request-line';
import { SnapshotStream } from './snapshot-stream';
import { inEnglish, sentence } from '../protocol/sentence';

/** One client on its socket: answers its requests and keeps it up to date with the runs it watches. */
export class ClientSession {
  private readonly socket: ClientSocket;
  /** Draws the client's pictures one after the other, and stops when the client has gone. */
  private readonly drawing = new RequestLine();
  private readonly watched = new Map<number, SnapshotStream>();
  /** The request whose model is being opened. */
  private loading: number | undefined;

  constructor(
    webSocket: WebSocket,
    private readonly engine: Engine,
    private readonly hardware: HardwareCheck,
    /** Sends a message to every other client. */
    private readonly tellOthers: (message: SidecarMessage, from: ClientSession) => void,
    private readonly log: (line: string) => void,
  ) {
    this.socket = new ClientSocket(webSocket, log);
    webSocket.on('message', (data, isBinary) => {
      this.socket.whileAnswering(this.receive(data, isBinary));
    });
  }

  send(message: SidecarMessage): void {
    this.socket.send(JSON.stringify(message));
  }

  onStep(run: Run): void {
    this.watched.get(run.runId)?.update();
  }

  onPacking({ runId, plan }: Run, fraction: number): void {
    if (this.loading === undefined || this.socket.isBehind) return;
    this.send({ type: 'packing', id: this.loading, runId, precision: plan.settings.precision, fraction });
  }

  onPreview(run: Run, step: number, image: DecodedImage): void {
    // A client that is behind can ask for the picture when it has read the rest.
    if (this.watched.has(run.runId) && !this.socket.isBehind) this.sendPicture(run, step, 0, image);
  }

  /** The newest step must be there before the run is said to wait after it. */
  onPaused(run: Run): void {
    this.watched.get(run.runId)?.flush();
    this.send({ type: 'run-paused', runId: run.runId, step: run.trace.steps });
  }

  onEnded(run: Run): void {
    this.watched.get(run.runId)?.flush();
  }

  /** Begins no more work for the client. */
  close(): void {
    this.drawing.clear();
    for (const runId of [...this.watched.keys()]) this.unwatch(runId);
  }

  /** Receives a message. It answers every message, valid or not, and never rejects. */
  private async receive(data: RawData, isBinary: boolean): Promise<void> {
    let message: ClientMessage | undefined;
    try {
      message = parseClientMessage(textOf(data, isBinary));
      await this.answer(message);
    } catch (error) {
      if (error instanceof MessageError) {
        this.fail(error.id, error.error);
        return;
      }
      const report = errorReport(error);
      // A page asks for the newest run before there is one: its answer is no failure.
      if (report.code !== 'not-found') this.log(`${message?.type ?? 'A message'} failed: ${report.message}`);
      this.fail(message?.id ?? -1, report);
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
      case 'read-prompt':
        this.send({
          type: 'prompt-words',
          id,
          ...(await this.engine.readPrompt(message.model, message.prompt)),
        });
        break;
      case 'generate':
        await this.generate(message);
        break;
      case 'cancel':
        if (!this.engine.cancel(message.runId)) this.runOf(message);
        this.send({ type: 'ok', id });
        break;
      case 'pause':
        this.engine.pause(this.runOf(message).runId);
        this.send({ type: 'ok', id });
        break;
      case 'go-on':
        this.engine.goOn(this.runOf(message).runId, message.until);
        this.send({ type: 'ok', id });
        break;
      case 'watch': {
        const run = this.runOf(message);
        this.send({ type: 'run-description', id, run: describeRun(run) });
        this.watch(run).hydrate(message.changes === true);
        break;
      }
      case 'unwatch':
        this.unwatch(this.runOf(message).runId);
        this.send({ type: 'ok', id });
        break;
      case 'holding':
        this.watched.get(message.runId)?.holds(message.step, message.edition);
        break;
      case 'preview': {
        const run = this.runOf(message);
        const { step } = message;
        await this.drawing.run(async () => {
          this.sendPicture(run, step, id, await this.engine.picture(run, step));
        });
        break;
      }
      case 'inspect-cell': {
        const alternatives = await this.engine.inspect(this.runOf(message), message.position);
        this.send({ type: 'cell-alternatives', id, ...alternatives });
        break;
      }
      case 'inspect-recorded': {
        const trace = Buffer.from(message.trace, 'base64');
        const alternatives = await this.engine.inspectRecorded(message.model, trace, message.position);
        this.send({ type: 'cell-alternatives', id, ...alternatives });
        break;
      }
      case 'score-recorded': {
        const likelihoods = await this.engine.scoreRecorded(
          message.model,
          Buffer.from(message.trace, 'base64'),
        );
        this.send({ type: 'likelihoods', id, ...likelihoods });
        break;
      }
      case 'count-steps': {
        const [height, width] = message.grid;
        const { modelWindow, choices } = message;
        const costs = decodingCosts(choices, { grid: { height, width }, modelWindow });
        this.send({ type: 'decoding-costs', id, costs, rasterSteps: height * width });
        break;
      }
      case 'check-hardware':
        this.send({ type: 'hardware', id, report: await this.hardware.report() });
        break;
      case 'export-png': {
        const run = this.runOf(message);
        await this.drawing.run(async () => {
          const bytes = await this.engine.png(run);
          this.socket.send(encodeFile({ runId: run.runId, id, mediaType: 'image/png', bytes }));
        });
        break;
      }
      case 'draw-tokens':
        await this.drawing.run(async () => {
          const image = await this.engine.drawTokens(message);
          this.socket.send(encodePicture({ runId: 0, step: 0, id, ...image }));
        });
        break;
      case 'export-trace': {
        const run = this.runOf(message);
        const bytes = await this.engine.traceFile(run);
        this.socket.send(encodeFile({ runId: run.runId, id, mediaType: 'application/x-zipar', bytes }));
        await this.engine.forgetSaved(run);
        break;
      }
    }
  }

  private async generate({ id, request }: Extract<ClientMessage, { type: 'generate' }>): Promise<void> {
    try {
      const run = await this.engine.start(
        request,
        (model, runId) => {
          this.loading = id;
          this.send({ type: 'loading', id, runId, model });
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
      // A request that was refused as busy must not end the loading of another request.
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

  private unwatch(runId: number): void {
    this.watched.get(runId)?.close();
    this.watched.delete(runId);
  }

  private runOf({ runId }: { readonly runId: number }): Run {
    const run = this.engine.run(runId);
    if (!run)
      throw new EngineError(
        'not-found',
        runId === 0
          ? sentence`No picture was made yet.`
          : sentence`Run ${runId} is not known (any more); generate again.`,
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
  return `${steps} steps on ${settings.provider} (${device ?? 'unknown device'}). ${reason} ${inEnglish(execution.precisionReason)}`;
}

/** @throws MessageError */
function textOf(data: RawData, isBinary: boolean): string {
  if (isBinary)
    throw new MessageError(-1, { code: 'unsupported-frame', message: 'Clients send text messages only.' });
  return (data as Buffer).toString('utf8');
}
