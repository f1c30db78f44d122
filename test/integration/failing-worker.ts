/**
 * An inference thread whose "webgpu" is really the CPU and fails as ZIPAR_TEST_FAULT says. The faults are `open`, `memory`,
 * `image`, and `throw:N`, `hang:N`, `crash:N` in step N. Its CPU provider never fails. Before it hangs, it makes the file
 * ZIPAR_TEST_HANGS.
 */
import { writeFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { Forward } from '../../sidecar/decoding/forward';
import type { DecodedImage } from '../../sidecar/engine/engine-messages';
import { InferenceThread, type RunnableModel } from '../../sidecar/engine/inference-thread';
import { LoadedModel } from '../../sidecar/engine/loaded-model';
import type { EncodedPrompt, Prompt, TextForEncoder } from '../../sidecar/model/family';
import type { PackingListener } from '../../sidecar/model/precision/packing-listener';
import type { ExecutionOptions } from '../../sidecar/runtime/runtime';

const [fault = '', pass = '0'] = (process.env.ZIPAR_TEST_FAULT ?? '').split(':');

class FailingModel implements RunnableModel {
  constructor(
    private readonly model: LoadedModel,
    private readonly onCpu: ExecutionOptions,
  ) {}

  static async open(name: string, execution: ExecutionOptions): Promise<FailingModel> {
    if (fault === 'open') throw new Error('device lost');
    if (fault === 'memory') throw new Error('Failed to allocate memory for requested buffer of size 123');
    const onCpu = { ...execution, provider: 'cpu' };
    return new FailingModel(await LoadedModel.open(name, onCpu), onCpu);
  }

  isOf(name: string, execution: ExecutionOptions): boolean {
    return execution.provider !== 'cpu' && this.model.isOf(name, this.onCpu);
  }

  transformer(listener: PackingListener): Promise<unknown> {
    return this.model.transformer(listener);
  }

  preparePrompt(prompt: Prompt | TextForEncoder): Promise<EncodedPrompt<Prompt>> {
    return this.model.preparePrompt(prompt);
  }

  async forward(prompt: Prompt, guidance: number): Promise<Forward> {
    const forward = await this.model.forward(prompt, guidance);
    let passes = 0;
    const counted = async <T>(run: () => Promise<T>): Promise<T> => {
      if (++passes === Number(pass)) await fail();
      return run();
    };
    return {
      layout: forward.layout,
      start: () => counted(() => forward.start()),
      forget: (inputs) => {
        forward.forget(inputs);
      },
      step: (inputs, predicting) => counted(() => forward.step(inputs, predicting)),
    };
  }

  encodePixels(planes: Float32Array<ArrayBuffer>): Promise<Int32Array> {
    return this.model.encodePixels(planes);
  }

  checkImageDecoder(): Promise<void> {
    return this.model.checkImageDecoder();
  }

  imageDecoder(): Promise<unknown> {
    return this.model.imageDecoder();
  }

  codeColours(): Promise<Uint8Array<ArrayBuffer>> {
    return this.model.codeColours();
  }

  decodeImage(tokens: Int32Array): Promise<DecodedImage> {
    if (fault === 'image') throw new Error('device lost');
    return this.model.decodeImage(tokens);
  }

  release(): Promise<void> {
    return Promise.reject(new Error('device lost'));
  }
}

function fail(): Promise<never> {
  if (fault === 'throw') throw new Error('device lost');
  if (fault === 'hang') {
    writeFileSync(process.env.ZIPAR_TEST_HANGS ?? '', '');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  setImmediate(() => {
    throw new Error('driver crashed');
  });
  return new Promise(() => undefined);
}

if (!parentPort) throw new Error('failing-worker runs as a worker thread.');
new InferenceThread(parentPort, (name, execution) =>
  execution.provider === 'cpu' ? LoadedModel.open(name, execution) : FailingModel.open(name, execution),
);
