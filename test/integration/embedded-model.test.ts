/** Compares the embedded model's graphs with the PyTorch code that trained it, on the same weights. */
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { LoadedModel } from '../../sidecar/engine/loaded-model';
import type { PromptHalf } from '../../sidecar/model/family';
import { PictureForward } from '../../sidecar/model/transformer/picture-forward';
import { readTensorAsFloat32, readTensorAsIntegers } from '../../sidecar/model/weights/read-tensor';
import { openSafetensors } from '../../sidecar/model/weights/safetensors';
import type { TensorLocation } from '../../sidecar/model/weights/tensor-location';
import { HostTensor } from '../../sidecar/runtime/tensor';
import { EMBEDDED } from '../fixtures/embedded-model';

/** Distance of the logits' rows in the fixture, which keeps every 16th row. */
const ROWS_APART = 16;

describe('the embedded model', () => {
  let model: LoadedModel;
  let tokens: number[];
  let words: PromptHalf;
  let fixture: (name: string) => TensorLocation;

  beforeAll(async () => {
    const tensors = await openSafetensors(path.join(__dirname, `../fixtures/${EMBEDDED.name}.safetensors`));
    fixture = (name) => {
      const location = tensors.get(name);
      if (!location) throw new Error(`The fixture has no ${name}; the training's export writes it.`);
      return location;
    };
    model = await LoadedModel.open(EMBEDDED.folder, {
      provider: 'cpu',
      threads: 1,
    });
    tokens = await readTensorAsIntegers(fixture('tokens'));
    const ids = await readTensorAsIntegers(fixture('words'));
    words = { kind: 'ids', ids, padded: ids.map((id) => id === 0) };
  });

  it('computes the logits that it was trained to compute', async () => {
    const expected = await readTensorAsFloat32(fixture('logits'));
    const prompt = { kind: 'prompt', conditional: words, unconditional: words } as const;
    const forward = new PictureForward(await model.transformer(), prompt, 1);
    const rows: Float32Array[] = [(await forward.start()).slice()];
    const inputs = tokens.slice(0, -1).map((token, position) => ({ position, token }));
    rows.push(
      ...(await forward.step(
        inputs,
        inputs.map((_, i) => i),
      )),
    );
    const kept = rows.filter((_, i) => i % ROWS_APART === 0).flatMap((row) => [...row]);
    expectClose(kept, expected);
  });

  it('decodes the picture that its tokenizer decodes', async () => {
    const expected = await readTensorAsFloat32(fixture('image'));
    const session = await model.imageDecoder();
    const { image } = await session.run({
      tokens: new HostTensor('int64', BigInt64Array.from(tokens, BigInt), [1, tokens.length]),
    });
    const pixels: unknown = image?.data;
    if (!(pixels instanceof Float32Array)) throw new Error('no picture');
    expectClose(pixels, expected);
  });
});

/** A picture has more numbers than a call has room for arguments, so the largest error is found by a loop. */
function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual).toHaveLength(expected.length);
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs((actual[i] ?? NaN) - (expected[i] ?? NaN)));
  }
  expect(largest).toBeLessThan(1e-3);
}
