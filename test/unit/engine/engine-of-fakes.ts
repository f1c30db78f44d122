/** An engine whose threads and processes are objects that a test speaks for. */
import {
  EngineError,
  type DecodedImage,
  type EngineReport,
  type EngineRequest,
  type StepReport,
} from '../../../sidecar/engine/engine-messages';
import { Engine } from '../../../sidecar/engine/engine';
import type { EngineParts } from '../../../sidecar/engine/engine-parts';
import type { FileTask } from '../../../sidecar/engine/file-messages';
import type { DrawnPicture, FoundColours, PictureJob } from '../../../sidecar/engine/picture-process';
import { Providers } from '../../../sidecar/engine/providers';
import type { RunPlan } from '../../../sidecar/engine/run-plan';
import type { WorkerListener } from '../../../sidecar/engine/worker-link';
import type { GenerateRequest } from '../../../sidecar/protocol';
import { inEnglish } from '../../../sidecar/protocol/sentence';

const HALF = { kind: 'ids', ids: [0], padded: [false] } as const;

export const REQUEST: GenerateRequest = { condition: { kind: 'prompt', prompt: 'sea' } };
export const IMAGE: DecodedImage = { width: 1, height: 1, rgb: new Uint8Array(3) };

/** The time that an engine of fakes gives a device to notice a cancel. */
export const PATIENCE_MS = 15_000;

/** A promise that the test settles. */
export class Answer<T> {
  resolve: (value: T) => void = () => undefined;
  reject: (error: Error) => void = () => undefined;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

/** Plans a run over 2 cells. */
export function planOf(provider = 'cpu', changes: Partial<RunPlan> = {}): RunPlan {
  const execution = { provider, threads: 1, precision: 'stored' } as const;
  const sampling = { seed: 7, temperature: 1, topK: 0, topP: 1, greedy: false };
  return {
    job: {
      folder: '/model',
      wishes: {},
      execution,
      prompt: { kind: 'prompt', conditional: HALF, unconditional: HALF },
      guidance: 1,
      decoding: { decoder: 'raster', settings: {} },
      sampling,
      withImage: true,
    },
    settings: {
      model: 'm',
      provider,
      precision: 'stored',
      condition: REQUEST.condition,
      decoder: 'raster',
      decoderSettings: {},
      guidance: 1,
      ...sampling,
    },
    execution: {
      options: execution,
      described: { device: null, memoryBytes: null, reason: 'As asked for.' },
      precisionReason: 'As stored.',
      notices: [],
    },
    onProviderFailure: 'fallback',
    grid: { height: 1, width: 2 },
    decoder: { label: 'Raster order', detail: '', choices: [], mostTokens: 1, events: [] },
    steps: { least: 2, most: 2 },
    rasterSteps: 2,
    candidates: 8,
    patch: 8,
    pictureOperations: 1,
    weights: 'abc',
    costsKey: 'abc',
    places: { model: '/model' },
    notices: [],
    ...changes,
  };
}

/** Decides cell `step - 1`. The token tells which decoding it comes from. */
export function stepOf(step: number, token = step): StepReport {
  const decision = { position: step - 1, token, probability: 0.5, entropy: 1, margin: 1 };
  return { step, decisions: [decision], events: [], leastSteps: 2, inputs: [], ms: 10 };
}

/** The threads and processes of one engine. */
export class FakeParts {
  readonly sent: EngineRequest[] = [];
  /** Tasks of the file thread, and the plan that each request for a run gets. */
  readonly tasks: FileTask[] = [];
  plan: Promise<RunPlan> = Promise.resolve(planOf());
  /** Pictures that are to be drawn. */
  readonly drawings: { readonly job: PictureJob; readonly answer: Answer<DrawnPicture> }[] = [];
  /** Requests for the colours of codes. */
  readonly colourings: Answer<FoundColours>[] = [];
  threadsLeft = 0;
  private listener: WorkerListener<EngineRequest, EngineReport> | undefined;

  /** Says something as the inference thread. */
  report(...reports: EngineReport[]): void {
    for (const report of reports)
      this.listener?.onReport(report, (request) => {
        this.sent.push(request);
      });
  }

  /** Ends the inference thread. */
  lose(message: string): void {
    this.listener?.onLost(new Error(message));
  }

  /** Says that the model is loaded and that these steps are done. */
  loadAndStep(runId: number, ...steps: StepReport[]): void {
    this.report({ type: 'loaded', runId, ms: 5, notices: [] });
    for (const report of steps) this.report({ type: 'step', runId, report });
  }

  drawNext(ms = 1): void {
    this.drawings.shift()?.answer.resolve({ image: IMAGE, ms });
  }

  asParts(): EngineParts {
    return {
      inference: (listener) => {
        this.listener = listener;
        return {
          send: (request) => void this.sent.push(request),
          drop: () => {
            this.threadsLeft++;
          },
          close: () => Promise.resolve(),
        };
      },
      files: {
        run: (task, options) => this.run(task, options) as never,
        close: () => Promise.resolve(),
      },
      pictures: {
        prepare: () => undefined,
        draw: (job, signal) => this.draw(job, signal),
        colours: () => {
          this.colourings.push(new Answer<FoundColours>());
          return this.colourings.at(-1)?.promise ?? Promise.reject(new Error('none'));
        },
        encode: () => Promise.reject(new Error('There is no picture to encode.')),
        close: () => undefined,
      },
    };
  }

  private async run(
    task: FileTask,
    { signal, onFound }: { signal?: AbortSignal; onFound?: (model: string) => void } = {},
  ): Promise<unknown> {
    this.tasks.push(task);
    switch (task.kind) {
      case 'plan':
        onFound?.('m');
        return Promise.race([this.plan, rejectedAt(signal)]);
      case 'list':
        return { models: [], problems: [] };
      case 'prompt':
        return { known: [], unknown: [] };
      case 'memory':
        return { weights: 2e9, cache: 1e9 };
      case 'drawing':
        return { folder: '/model', execution: { provider: 'cpu', threads: 1 } };
      case 'png':
      case 'trace':
        return Uint8Array.of(1);
    }
  }

  private draw(job: PictureJob, signal: AbortSignal | undefined): Promise<DrawnPicture> {
    const answer = new Answer<DrawnPicture>();
    this.drawings.push({ job, answer });
    return Promise.race([answer.promise, rejectedAt(signal)]);
  }
}

/** Rejects when the signal is aborted. */
function rejectedAt(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const leave = (): void => {
      reject(new EngineError('cancelled', 'It was cancelled.'));
    };
    if (signal?.aborted === true) leave();
    else signal?.addEventListener('abort', leave);
  });
}

/** An engine and its parts. WebGPU answers, so `auto` is never asked. */
export function engineOfFakes(): { engine: Engine; parts: FakeParts; events: string[] } {
  const parts = new FakeParts();
  const providers = new Providers(() => Promise.resolve({ kind: 'answers' }), ['cpu', 'webgpu']);
  const paths = { worker: '', files: '', pictures: '', proof: '', models: '' };
  const engine = new Engine(paths, providers, PATIENCE_MS, parts.asParts());
  const events: string[] = [];
  engine.events.on('step', (run) => events.push(`step ${run.trace.steps}`));
  engine.events.on('preview', (_, step) => events.push(`preview ${step}`));
  engine.events.on('packing', (_, fraction) => events.push(`packing ${fraction}`));
  engine.events.on('moved', (_, notice) => events.push(`moved: ${inEnglish(notice)}`));
  engine.events.on('ended', (run) => events.push(run.state));
  engine.events.on('crashed', (error) => events.push(`crashed: ${error.message}`));
  engine.events.on('notice', (text) => events.push(`notice: ${text}`));
  return { engine, parts, events };
}
