/** Weights that are not numbers: results computed from them are refused, and the message names the file. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeZipar } from '../../sidecar/decoding/zipar/decode-zipar';
import { LoadedModel } from '../../sidecar/engine/loaded-model';
import { Judge } from '../../sidecar/evaluation/judge';
import { CaptionEncoder } from '../../sidecar/model/t5/caption-encoder';
import { openSafetensors } from '../../sidecar/model/weights/safetensors';
import { SMALL_MODEL } from '../fixtures/small-model';
import { EMBEDDED } from '../fixtures/embedded-model';

const ROOT = path.join(__dirname, '../..');
const CPU = { provider: 'cpu', threads: 1 };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-nan-'));
  cpSync(SMALL_MODEL, path.join(folder, 'vista'), { recursive: true });
  cpSync(path.join(ROOT, 'test/golden/t5-encoder'), path.join(folder, 't5'), { recursive: true });
  cpSync(path.join(ROOT, 'sidecar/judge'), path.join(folder, 'judge'), { recursive: true });
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Fills a tensor with bytes that are NaN in every float type. */
async function damage(name: string, tensor: string): Promise<void> {
  const file = path.join(folder, name);
  const location = (await openSafetensors(file)).get(tensor);
  if (!location) throw new Error(`${name} has no ${tensor}.`);
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(0xff, location.offset, location.offset + location.byteLength));
}

it('draws no picture with an image decoder that is damaged', async () => {
  await damage('vista/vq.safetensors', 'post_quant_conv.bias');
  const model = await LoadedModel.open(path.join(folder, 'vista'), CPU);
  await expect(model.decodeImage(new Int32Array(256))).rejects.toThrow(
    /vq\.safetensors draws pixels that are no numbers; its weights are damaged/,
  );
  await model.release();
});

it('draws no token with a transformer that is damaged', async () => {
  await damage('vista/transformer.safetensors', 'norm.weight');
  const model = await LoadedModel.open(path.join(folder, 'vista'), CPU);
  const half = {
    kind: 'ids',
    ids: Array<number>(20).fill(2),
    padded: Array<boolean>(20).fill(false),
  } as const;
  const prompt = { kind: 'prompt', conditional: half, unconditional: half } as const;
  const steps = decodeZipar(await model.forward(prompt, 1), {
    ...{ window: 16, firstRow: 'windowed', standIn: 'nearest', rowStart: 'fixed', seed: 1 },
    ...{ temperature: 1, topK: 0, topP: 1, greedy: false },
  });
  await expect(steps.next()).rejects.toThrow(/logit.*weights may be damaged/);
  await model.release();
});

it('encodes no caption with a text encoder that is damaged', async () => {
  await damage('t5/model.safetensors', 'encoder.final_layer_norm.weight');
  const encoder = await CaptionEncoder.open(path.join(folder, 't5'), { tokens: 120, dim: 32 }, CPU);
  await expect(encoder.encode('a lake')).rejects.toThrow(
    /model\.safetensors computes embeddings that are no numbers/,
  );
});

it('judges no picture with a judge that is damaged', async () => {
  await damage('judge/judge.safetensors', 'heads.bias');
  const judge = await Judge.open(path.join(folder, 'judge'));
  const { width, height } = EMBEDDED.image;
  const picture = { width, height, rgb: new Uint8Array(3 * width * height) };
  await expect(judge.look(picture)).rejects.toThrow(/judge\.safetensors computes scores that are no numbers/);
});

it('opens no judge whose statistics are damaged', async () => {
  cpSync(path.join(ROOT, 'sidecar/judge'), path.join(folder, 'judge'), { recursive: true });
  await damage('judge/statistics.safetensors', 'mean');
  await expect(Judge.open(path.join(folder, 'judge'))).rejects.toThrow(
    /statistics\.safetensors holds statistics that are no/,
  );
});
