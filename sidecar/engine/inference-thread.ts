import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { configureDecoder } from '../decoding/decoder-table';
import { ForbiddingForward, type ForbiddenToken } from '../decoding/forbidding-forward';
import type { Forward } from '../decoding/forward';
import type { EncodedPrompt, Prompt, TextForEncoder } from '../model/family';
import type { ModelWishes } from '../model/model-folder';
import { UNHEARD, type PackingListener } from '../model/precision/packing-listener';
import { PackingCancelled } from '../model/precision/precision-error';
import type { CellAlternatives, Likelihoods, ProtocolError } from '../protocol';
import type {
  DecodedImage,
  DecodeJob,
  EngineReport,
  EngineRequest,
  InspectJob,
  ScoreJob,
} from './engine-messages';
import { errorReport } from './error-report';
import { inspectCell } from './inspect-cell';
import type { PictureReport, PictureRequest } from './picture-messages';
import { computingFailure } from './provider-failure';
import { negativeLogLikelihoods } from './score-tokens';
import { StepGate } from './step-gate';
import type { ExecutionOptions } from '../runtime/runtime';
import { sentence, type Said } from '../protocol/sentence';

/** The part of a model that the thread uses. `LoadedModel` implements it. */
export interface RunnableModel {
  /** Whether this is the model with the given name, execution and wishes. */
  isOf(name: string, execution: ExecutionOptions, wishes: ModelWishes): boolean;
  /** Loads the transformer. If the precision needs packed weights, it packs them first. @throws PackingCancelled */
  transformer(listener: PackingListener): Promise<unknown>;
  preparePrompt(prompt: Prompt | TextForEncoder): Promise<EncodedPrompt<Prompt>>;
  forward(prompt: Prompt, guidance: number): Promise<Forward>;
  /** Checks that a suitable image decoder exists, without opening it. @throws ModelError, WeightsError */
  checkImageDecoder(): Promise<void>;
  /** Loads the image decoder. */
  imageDecoder(): Promise<unknown>;
  decodeImage(tokens: Int32Array): Promise<DecodedImage>;
  /** A colour for each code [codes, 3]. */
  codeColours(): Promise<Uint8Array<ArrayBuffer>>;
  /** Turns a picture into tokens. @param planes [3, height, width], -1..1 */
  encodePixels(planes: Float32Array<ArrayBuffer>): Promise<Int32Array>;
  release(): Promise<void>;
}

export type OpenModel = (
  name: string,
  execution: ExecutionOptions,
  wishes: ModelWishes,
) => Promise<RunnableModel>;

/** The model of a request, the user's wishes for it, and its provider. */
type ModelPlace = Pick<DecodeJob, 'folder' | 'wishes' | 'execution'>;

/**
 * Does the work of the inference thread. ONNX Runtime blocks its thread while it computes, so it gets a thread of its own. The
 * thread that answers clients stays free.
 */
export class InferenceThread {
  /** The runs that were requested and have not ended. */
  private readonly runs = new Map<number, { readonly cancel: AbortController; readonly gate: StepGate }>();
  /** The model of the last request. It stays open, because the next request is mostly for the same model. */
  private current: RunnableModel | undefined;
  /** The requests are carried out one after the other, so that no model is released while it is in use. */
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly port: MessagePort,
    private readonly open: OpenModel,
  ) {
    port.on('message', (request: EngineRequest | PictureRequest) => {
      this.take(request);
    });
  }

  private report(message: EngineReport | PictureReport): void {
    this.port.postMessage(message);
  }

  /**
   * Takes the requests that came while the thread computed. ONNX Runtime blocks the thread, so they wait at the port. The event
   * loop would deliver them too late: after the next computation has begun.
   */
  private takeWaiting(): void {
    for (;;) {
      const waiting = receiveMessageOnPort(this.port) as
        { message: EngineRequest | PictureRequest } | undefined;
      if (!waiting) return;
      this.take(waiting.message);
    }
  }

  private take(request: EngineRequest | PictureRequest): void {
    switch (request.type) {
      case 'cancel':
        this.runs.get(request.runId)?.cancel.abort();
        break;
      case 'pause':
        this.runs.get(request.runId)?.gate.close();
        break;
      case 'go-on':
        this.runs.get(request.runId)?.gate.goOn(request.until);
        break;
      case 'decode': {
        const cancel = new AbortController();
        const gate = new StepGate(cancel.signal);
        this.runs.set(request.runId, { cancel, gate });
        this.queue = this.queue
          .then(() => this.runDecode(request.runId, request.job, cancel.signal, gate))
          .catch((error: unknown) => {
            this.report({ type: 'run-failed', runId: request.runId, error: errorReport(error) });
          })
          .finally(() => this.runs.delete(request.runId));
        break;
      }
      case 'inspect':
        this.betweenSteps(
          () => this.inspect(request.job),
          (result) => {
            this.report({ type: 'inspected', inspectId: request.inspectId, result });
          },
        );
        break;
      case 'score':
        this.betweenSteps(
          () => this.score(request.job),
          (result) => {
            this.report({ type: 'scored', scoreId: request.scoreId, result });
          },
        );
        break;
      case 'open-image':
        this.queue = this.queue
          .then(async () => {
            const model = await this.modelFor(request);
            await model.imageDecoder();
          })
          // Drawing will fail with the same error, and the error is reported then.
          .catch(() => undefined);
        break;
      case 'colours':
      case 'encode':
      case 'image':
        this.queue = this.queue
          .then(() => this.answer(request))
          .catch((error: unknown) => {
            this.report({ type: 'image-failed', imageId: request.imageId, error: errorReport(error) });
          });
        break;
    }
  }

  private async modelFor({ folder, wishes, execution }: ModelPlace): Promise<RunnableModel> {
    if (this.current?.isOf(folder, execution, wishes)) return this.current;
    const old = this.current;
    this.current = undefined;
    // If a provider failed, it may not be able to release its memory. The next model is opened even then.
    await old?.release().catch(() => undefined);
    this.current = await this.open(folder, execution, wishes);
    return this.current;
  }

  /** Computes an answer while a run waits between two steps, or else after all that is asked for. */
  private betweenSteps<T>(
    compute: () => Promise<T>,
    answer: (result: T | { readonly error: ProtocolError }) => void,
  ): void {
    const work = async (): Promise<void> => {
      answer(await compute().catch((error: unknown) => ({ error: errorReport(error) })));
    };
    const holding = [...this.runs.values()].find(({ gate }) => gate.isHolding);
    if (holding) holding.gate.meanwhile(work);
    else this.queue = this.queue.then(work);
  }

  private async runDecode(runId: number, job: DecodeJob, signal: AbortSignal, gate: StepGate): Promise<void> {
    const start = performance.now();
    let during: Said = sentence`while the model was opened`;
    try {
      const model = await this.modelFor(job);
      const { input, notices } = await model.preparePrompt(job.prompt);
      if (!(await this.loadTransformer(model, runId, signal))) {
        this.report({ type: 'loaded', runId, ms: performance.now() - start, notices });
        this.report({ type: 'decoded', runId, state: 'cancelled', ms: 0 });
        return;
      }
      const forward = forbidding(await model.forward(input, job.guidance), job.forbidden);
      if (job.withImage) await model.checkImageDecoder();
      const loaded = performance.now();
      this.report({ type: 'loaded', runId, ms: loaded - start, notices });
      during = sentence`in step ${1 + (job.past?.steps ?? 0)}`;
      let stepStart = performance.now();
      let waitedMs = 0;
      const decoded = configureDecoder(job.decoding).decode(forward, job.sampling, job.past);
      for await (const decodedStep of decoded) {
        const now = performance.now();
        const ms = now - stepStart;
        this.report({ type: 'step', runId, report: { ...decodedStep, ms } });
        this.takeWaiting();
        if (gate.closesAfter(decodedStep)) {
          this.report({ type: 'paused', runId });
          await gate.wait();
          waitedMs += performance.now() - now;
        }
        if (signal.aborted) {
          this.report({ type: 'decoded', runId, state: 'cancelled', ms: now - loaded - waitedMs });
          return;
        }
        during = sentence`in step ${decodedStep.step + 1}`;
        stepStart = performance.now();
      }
      this.report({ type: 'decoded', runId, state: 'complete', ms: performance.now() - loaded - waitedMs });
    } catch (error) {
      throw this.giveUp(error, job.execution, during);
    }
  }

  private async inspect(job: InspectJob): Promise<CellAlternatives> {
    try {
      const model = await this.modelFor(job);
      const { input } = await model.preparePrompt(job.prompt);
      await model.transformer(UNHEARD);
      return await inspectCell(job, (guidance) => model.forward(input, guidance));
    } catch (error) {
      throw this.giveUp(error, job.execution, sentence`while a cell was inspected`);
    }
  }

  private async score(job: ScoreJob): Promise<Likelihoods> {
    try {
      const model = await this.modelFor(job);
      const { input } = await model.preparePrompt(job.prompt);
      await model.transformer(UNHEARD);
      const { guidance, tokens } = job;
      return { nll: await negativeLogLikelihoods(model, { prompt: input, guidance, tokens }) };
    } catch (error) {
      throw this.giveUp(error, job.execution, sentence`while likelihoods were computed`);
    }
  }

  /** Loads the transformer. @returns false when the run was cancelled while its weights were packed */
  private async loadTransformer(model: RunnableModel, runId: number, signal: AbortSignal): Promise<boolean> {
    try {
      await model.transformer({
        signal,
        onProgress: (fraction) => {
          this.report({ type: 'packing', runId, fraction });
        },
        onNotice: (text) => {
          this.report({ type: 'notice', text });
        },
      });
      return true;
    } catch (error) {
      if (error instanceof PackingCancelled) return false;
      throw error;
    }
  }

  private answer(request: Extract<PictureRequest, { readonly imageId: number }>): Promise<void> {
    switch (request.type) {
      case 'image':
        return this.drawImage(request);
      case 'colours':
        return this.findColours(request);
      case 'encode':
        return this.encodePicture(request);
    }
  }

  private async encodePicture(request: Extract<PictureRequest, { type: 'encode' }>): Promise<void> {
    try {
      const model = await this.modelFor(request);
      const tokens = await model.encodePixels(request.planes);
      this.report({ type: 'tokens', imageId: request.imageId, tokens });
    } catch (error) {
      throw computingFailure(error, request.execution, sentence`while the picture was turned into tokens`);
    }
  }

  private async drawImage(request: Extract<PictureRequest, { type: 'image' }>): Promise<void> {
    try {
      const model = await this.modelFor(request);
      await model.imageDecoder();
      const start = performance.now();
      const image = await model.decodeImage(request.tokens);
      this.report({ type: 'image', imageId: request.imageId, image, ms: performance.now() - start });
    } catch (error) {
      throw computingFailure(error, request.execution, sentence`while the picture was drawn`);
    }
  }

  private async findColours(request: Extract<PictureRequest, { type: 'colours' }>): Promise<void> {
    const model = await this.modelFor(request);
    const start = performance.now();
    const colours = await model.codeColours();
    this.report({ type: 'colours', imageId: request.imageId, colours, ms: performance.now() - start });
  }

  /**
   * Turns the error of a run into its report. If the provider failed, the model is closed, and the next request opens it again.
   */
  private giveUp(error: unknown, execution: ExecutionOptions, during: Said): unknown {
    const failure = computingFailure(error, execution, during);
    if (failure !== error) {
      const old = this.current;
      this.current = undefined;
      void old?.release().catch(() => undefined);
    }
    return failure;
  }
}

/** A forward that never draws some tokens; the forward itself when none is forbidden. */
function forbidding(forward: Forward, forbidden: readonly ForbiddenToken[] = []): Forward {
  return forbidden.length === 0 ? forward : new ForbiddingForward(forward, forbidden);
}
