/**
 * The thread that runs the model. ONNX Runtime blocks its thread while it computes, so it has one of its own and the
 * thread that serves sockets stays free.
 */
import { parentPort } from 'node:worker_threads';
import { decode } from '../decoding/decode';
import type { ExecutionOptions } from '../model/inference-session';
import { PackingCancelled } from '../model/precision/precision-error';
import type { DecodeJob, EngineReport, EngineRequest } from './engine-messages';
import { errorReport } from './error-report';
import { LoadedModel } from './loaded-model';

const port = parentPort;
if (!port) throw new Error('inference-worker runs as a worker thread.');

/** Runs that are asked for and have not ended. */
const runs = new Map<number, AbortController>();
/** The model of the last request: the next one is nearly always for the same. */
let current: LoadedModel | undefined;
/** Requests that load a model wait for one another, so that no model is released while it is in use. */
let queue: Promise<void> = Promise.resolve();

function report(message: EngineReport): void {
  port?.postMessage(message);
}

async function modelFor(folder: string, execution: ExecutionOptions): Promise<LoadedModel> {
  if (current?.isOf(folder, execution)) return current;
  await current?.release();
  current = undefined;
  current = await LoadedModel.open(folder, execution);
  return current;
}

/** False when it was cancelled while the weights were being packed. */
async function loadTransformer(model: LoadedModel, runId: number, signal: AbortSignal): Promise<boolean> {
  try {
    await model.transformer({
      signal,
      onProgress: (fraction) => {
        report({ type: 'packing', runId, fraction });
      },
      onNotice: (text) => {
        report({ type: 'notice', text });
      },
    });
    return true;
  } catch (error) {
    if (error instanceof PackingCancelled) return false;
    throw error;
  }
}

async function runDecode(runId: number, job: DecodeJob, signal: AbortSignal): Promise<void> {
  const start = performance.now();
  const model = await modelFor(job.folder, job.execution);
  if (!(await loadTransformer(model, runId, signal))) {
    report({ type: 'loaded', runId, ms: performance.now() - start });
    report({ type: 'decoded', runId, state: 'cancelled', ms: 0 });
    return;
  }
  const forward = await model.forward(job.condition, job.guidance);
  if (job.withImage) await model.imageDecoder();
  const loaded = performance.now();
  report({ type: 'loaded', runId, ms: loaded - start });

  let stepStart = performance.now();
  for await (const { step, decisions, judgement, leastSteps } of decode(forward, job.options)) {
    const now = performance.now();
    report({
      type: 'step',
      runId,
      report: { step, decisions, judgement, leastSteps, ms: now - stepStart },
    });
    // ONNX Runtime starts each run from a fresh turn of the event loop, so a cancel sent meanwhile has arrived here.
    if (signal.aborted) {
      report({ type: 'decoded', runId, state: 'cancelled', ms: now - loaded });
      return;
    }
    stepStart = performance.now();
  }
  report({ type: 'decoded', runId, state: 'complete', ms: performance.now() - loaded });
}

async function drawImage(request: Extract<EngineRequest, { type: 'image' }>): Promise<void> {
  const start = performance.now();
  const model = await modelFor(request.folder, request.execution);
  const image = await model.decodeImage(request.tokens);
  report({ type: 'image', imageId: request.imageId, image, ms: performance.now() - start });
}

port.on('message', (request: EngineRequest) => {
  switch (request.type) {
    case 'cancel':
      runs.get(request.runId)?.abort();
      break;
    case 'decode': {
      const cancel = new AbortController();
      runs.set(request.runId, cancel);
      queue = queue
        .then(() => runDecode(request.runId, request.job, cancel.signal))
        .catch((error: unknown) => {
          report({ type: 'run-failed', runId: request.runId, error: errorReport(error) });
        })
        .finally(() => runs.delete(request.runId));
      break;
    }
    case 'image': {
      const failed = (error: unknown): void => {
        report({ type: 'image-failed', imageId: request.imageId, error: errorReport(error) });
      };
      // A preview of the model that is decoding slips in between two steps; any other picture waits its turn.
      if (current?.isOf(request.folder, request.execution)) drawImage(request).catch(failed);
      else queue = queue.then(() => drawImage(request)).catch(failed);
      break;
    }
  }
});
