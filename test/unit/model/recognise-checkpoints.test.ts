/** Recognises models by the shapes of their tensors, their file names, and their short manifests. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ModelError } from '../../../sidecar/model/model-error';
import { WeightsError } from '../../../sidecar/model/weights/weights-error';
import {
  transformerShapes,
  TRANSFORMER_SIZES,
  vqShapes,
  type NamedShape,
} from '../../checkpoints/llamagen-shapes';
import { readLlamaGen } from '../../checkpoints/read-llamagen';
import { writeSparseSafetensors } from '../../checkpoints/sparse-safetensors';
import { pickle, pickledDict, pickledTensor, torchFile } from '../weights/torch-file';

const GOLDEN = path.join(__dirname, '../../golden');
const MANIFEST = { format: 'zipar-model', version: 1, family: 'llamagen' };
const CAPTION = { tokens: 120, captionDim: 2048 };
const SMALL = { layers: 2, dim: 32, heads: 2, vocab: 16, condition: { classes: 5 } } as const;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-checkpoints-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const sparse = (name: string, shapes: readonly NamedShape[]) =>
  writeSparseSafetensors(path.join(folder, name), shapes);
const writeManifest = (fields: object) => {
  writeFileSync(path.join(folder, 'zipar-model.json'), JSON.stringify({ ...MANIFEST, ...fields }));
};

/** Writes a `.pt` file of zeros, as `torch.save` writes it. `wrap` wraps its state dict. */
function writePt(name: string, shapes: readonly NamedShape[], wrap: (stateDict: Buffer) => Buffer): void {
  const storages: Record<string, Buffer> = {};
  const entries: Record<string, Buffer> = {};
  for (const [i, [tensor, shape]] of shapes.entries()) {
    const elements = shape.reduce((product, length) => product * length, 1);
    storages[i] = Buffer.alloc(4 * elements);
    entries[tensor] = pickledTensor({ key: String(i), elements, shape });
  }
  writeFileSync(path.join(folder, name), torchFile(pickle(wrap(pickledDict(entries))), storages));
}

async function refusal(name = folder): Promise<string> {
  const error: unknown = await readLlamaGen(name).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ModelError || error instanceof WeightsError)) throw new Error('was not refused');
  expect(error.message.trimEnd().split('\n')).toHaveLength(1);
  return error.message;
}

describe('a published checkpoint needs no manifest', () => {
  it.each([
    ['c2i_B_256', TRANSFORMER_SIZES.B, 16],
    ['c2i_B_384', TRANSFORMER_SIZES.B, 24],
    ['c2i_L_256', TRANSFORMER_SIZES.L, 16],
    ['c2i_L_384', TRANSFORMER_SIZES.L, 24],
    ['c2i_XL_384', TRANSFORMER_SIZES.XL, 24],
    ['c2i_XXL_384', TRANSFORMER_SIZES.XXL, 24],
    ['c2i_3B_384', TRANSFORMER_SIZES['3B'], 24],
  ])('%s: class-conditional, of its size and grid', async (stem, size, side) => {
    await sparse(`${stem}.safetensors`, transformerShapes(size));
    const { manifest } = await readLlamaGen(folder);
    expect(manifest).toEqual({
      name: stem,
      grid: [side, side],
      transformer: {
        weights: `${stem}.safetensors`,
        layers: size.layers,
        dim: size.dim,
        heads: size.heads,
        kvHeads: size.heads,
        vocab: 16384,
        ropeBase: 10000,
        normEps: 1e-5,
      },
      condition: { kind: 'class', classes: 1000 },
      vq: undefined,
      defaults: { guidance: 4, temperature: 1, topK: 2000, topP: 1, window: undefined },
    });
  });

  it.each([
    ['t2i_XL_stage1_256', 16],
    ['t2i_XL_stage2_512', 32],
  ])('%s: caption-conditional, of its size and grid', async (stem, side) => {
    await sparse(`${stem}.safetensors`, transformerShapes({ ...TRANSFORMER_SIZES.XL, condition: CAPTION }));
    const { manifest } = await readLlamaGen(path.join(folder, `${stem}.safetensors`));
    expect(manifest).toMatchObject({
      name: stem,
      grid: [side, side],
      transformer: { layers: 36, dim: 1280, heads: 20 },
      condition: { kind: 'caption-embedding', tokens: 120, dim: 2048 },
      defaults: { guidance: 7.5, topK: 1000 },
    });
  });

  it.each([
    ['vq_ds16_c2i', [1, 1, 2, 2, 4], 16],
    ['vq_ds16_t2i', [1, 1, 2, 2, 4], 16],
    ['vq_ds8_c2i', [1, 2, 2, 4], 8],
  ])('%s alone: an image decoder for tokens of any grid', async (stem, channelMultipliers, downsample) => {
    await sparse(`${stem}.safetensors`, vqShapes({ channelMultipliers }));
    for (const name of [folder, path.join(folder, `${stem}.safetensors`)]) {
      const { manifest, noPicture } = await readLlamaGen(name, [3, 5]);
      expect(manifest).toMatchObject({ grid: [3, 5], transformer: undefined, condition: { kind: 'none' } });
      expect(noPicture).toBeUndefined();
      expect(manifest.vq).toEqual({
        weights: `${stem}.safetensors`,
        codebookSize: 16384,
        codebookDim: 8,
        channels: 128,
        channelMultipliers,
        resBlocks: 2,
        zChannels: 256,
        downsample,
        normGroups: 32,
      });
      expect(await refusal(name)).toContain('--grid');
    }
  });
});

describe('a checkpoint of a published size under another name', () => {
  it('is known except for its grid, and one sentence asks for the grid', async () => {
    await sparse('weights.safetensors', transformerShapes(TRANSFORMER_SIZES.L));
    const message = await refusal();
    expect(message).toContain('weights.safetensors');
    expect(message).toContain('"grid": [16, 16]');
    expect(message).not.toContain('heads');

    writeManifest({ grid: [24, 24] });
    const { manifest } = await readLlamaGen(folder);
    expect(manifest).toMatchObject({
      name: path.basename(folder),
      grid: [24, 24],
      transformer: { layers: 24, dim: 1024, heads: 16, kvHeads: 16 },
      defaults: { topK: 2000 },
    });
  });
});

describe('a checkpoint of a size that is not published', () => {
  it('needs its heads and its grid from the user: one sentence asks for both and can be followed exactly', async () => {
    await sparse('model.safetensors', transformerShapes(SMALL));
    const message = await refusal();
    expect(message).toContain('2 layers of width 32');
    const example = /\{"format".*\}\}/.exec(message)?.[0] ?? '';
    expect(JSON.parse(example)).toEqual({ ...MANIFEST, grid: [16, 16], transformer: { heads: 12 } });
  });

  it('is known once heads and grid are given', async () => {
    await sparse('model.safetensors', transformerShapes(SMALL));
    writeManifest({ name: 'small', grid: [2, 3], transformer: { heads: 2 } });
    const { manifest } = await readLlamaGen(folder);
    expect(manifest).toMatchObject({
      name: 'small',
      grid: [2, 3],
      transformer: { layers: 2, dim: 32, heads: 2, kvHeads: 2, vocab: 16 },
      condition: { kind: 'class', classes: 5 },
      defaults: { guidance: 4, topK: 0 },
    });
  });

  it('tells its key heads by the rows of its projection', async () => {
    await sparse('model.safetensors', transformerShapes({ ...SMALL, heads: 4, kvHeads: 2 }));
    writeManifest({ grid: [2, 2], transformer: { heads: 4 } });
    expect((await readLlamaGen(folder)).manifest.transformer).toMatchObject({ heads: 4, kvHeads: 2 });
    writeManifest({ grid: [2, 2], transformer: { heads: 1 } });
    expect(await refusal()).toContain('"transformer.heads"');
  });

  it('is refused if the given heads are impossible', async () => {
    await sparse('model.safetensors', transformerShapes(SMALL));
    writeManifest({ grid: [2, 2], transformer: { heads: 16 } });
    expect(await refusal()).toContain('"transformer.heads"');
  });
});

describe('the golden models', () => {
  it.each(['llamagen-c2i', 'llamagen-t2i'])(
    '%s: no tensor says less than its manifest does',
    async (model) => {
      const full = (await readLlamaGen(path.join(GOLDEN, model))).manifest;
      for (const weights of ['model.safetensors', 'model.pt']) {
        cpSync(path.join(GOLDEN, model, weights), path.join(folder, weights));
        writeManifest({ name: full.name, grid: [8, 8], transformer: { heads: 4 } });
        const { manifest } = await readLlamaGen(path.join(folder, weights));
        expect(manifest).toEqual({ ...full, transformer: { ...full.transformer, weights } });
      }
    },
  );

  it('llamagen-vq16: the tensors say all that its manifest does', async () => {
    const full = await readLlamaGen(path.join(GOLDEN, 'llamagen-vq16'));
    cpSync(path.join(GOLDEN, 'llamagen-vq16/model.pt'), path.join(folder, 'model.pt'));
    expect((await readLlamaGen(folder, [8, 8])).manifest.vq).toEqual(full.manifest.vq);
  });
});

describe('a .pt file', () => {
  it.each<[string, (stateDict: Buffer) => Buffer]>([
    ['"model"', (stateDict) => pickledDict({ model: stateDict })],
    ['"module"', (stateDict) => pickledDict({ module: stateDict })],
    ['"state_dict"', (stateDict) => pickledDict({ state_dict: stateDict })],
    ['nothing', (stateDict) => stateDict],
  ])('may hold its state dict under %s', async (_, wrap) => {
    writePt('c2i_B_256.pt', transformerShapes(SMALL), wrap);
    writeManifest({ transformer: { heads: 2 } });
    expect((await readLlamaGen(folder)).manifest).toMatchObject({
      name: 'c2i_B_256',
      grid: [16, 16],
      transformer: { weights: 'c2i_B_256.pt', layers: 2, dim: 32 },
    });
  });
});

const COMPLETE_VQ = {
  weights: 'vq.safetensors',
  codebookSize: 16384,
  codebookDim: 8,
  channels: 128,
  channelMultipliers: [1, 1, 2, 2, 4],
  resBlocks: 2,
  zChannels: 256,
  downsample: 16,
  normGroups: 32,
};

describe('the image decoder of a model', () => {
  const b256 = () => sparse('c2i_B_256.safetensors', transformerShapes(TRANSFORMER_SIZES.B));

  it('is found beside the transformer', async () => {
    await b256();
    await sparse('vq_ds16_c2i.safetensors', vqShapes());
    for (const name of [folder, path.join(folder, 'c2i_B_256.safetensors')]) {
      const { manifest, noPicture } = await readLlamaGen(name);
      expect(manifest.vq).toMatchObject({ weights: 'vq_ds16_c2i.safetensors', downsample: 16 });
      expect(noPicture).toBeUndefined();
    }
  });

  it('is the one of the published models if there are several', async () => {
    await b256();
    for (const stem of ['vq_ds16_t2i', 'vq_ds16_c2i', 'another'])
      await sparse(`${stem}.safetensors`, vqShapes());
    expect((await readLlamaGen(folder)).manifest.vq?.weights).toBe('vq_ds16_c2i.safetensors');
  });

  it('must be named if several fit and none is published', async () => {
    await b256();
    for (const stem of ['one', 'two']) await sparse(`${stem}.safetensors`, vqShapes());
    const { manifest, noPicture } = await readLlamaGen(folder);
    expect(manifest.vq).toBeUndefined();
    expect(noPicture).toContain('one.safetensors, two.safetensors');
    writeManifest({ transformer: { heads: 12 }, vq: { weights: 'two.safetensors' } });
    expect((await readLlamaGen(folder)).manifest.vq?.weights).toBe('two.safetensors');
  });

  it('is the one in the folder that the user names, whatever lies beside the transformer', async () => {
    await b256();
    await sparse('vq_ds16_c2i.safetensors', vqShapes());
    const transformer = { weights: 'c2i_B_256.safetensors' };
    writeManifest({ transformer, vq: { weights: 'vq_ds16_c2i.safetensors' } });
    const other = path.join(folder, 'other');
    mkdirSync(other);
    expect((await readLlamaGen(folder, undefined, other)).noPicture).toContain(
      `${other} holds no image decoder`,
    );
    await sparse('other/mine.safetensors', vqShapes({ channelMultipliers: [1, 2, 2, 4] }));
    const { manifest, imageDecoder } = await readLlamaGen(folder, undefined, other);
    expect(manifest.vq).toMatchObject({ weights: 'mine.safetensors', downsample: 8 });
    expect(imageDecoder?.folder).toBe(other);
    await sparse('other/theirs.safetensors', vqShapes());
    const { noPicture } = await readLlamaGen(folder, undefined, other);
    expect(noPicture).toMatch(
      /several image decoders \(mine.*theirs.*put the right one into a folder of its own/,
    );
  });

  it('never has another codebook', async () => {
    await b256();
    await sparse('vq.safetensors', vqShapes({ codebookSize: 1024 }));
    expect((await readLlamaGen(folder)).noPicture).toContain('holds no image decoder');
  });

  it.each<[string, (codes: number) => object]>([
    ['as the manifest says', (codes) => ({ ...COMPLETE_VQ, codebookSize: codes })],
    ['as the tensors say', () => ({ weights: 'vq.safetensors' })],
  ])('has a code for each token that is predicted, %s', async (_, vq) => {
    await b256();
    for (const codes of [16383, 16384, 20000]) {
      await sparse('vq.safetensors', vqShapes({ codebookSize: codes }));
      writeManifest({ transformer: { weights: 'c2i_B_256.safetensors' }, vq: vq(codes) });
      const { manifest, noPicture } = await readLlamaGen(folder);
      expect(manifest.transformer?.vocab).toBe(16384);
      expect(manifest.vq?.codebookSize).toBe(codes < 16384 ? undefined : codes);
      if (codes < 16384) expect(noPicture).toMatch(/vq\.safetensors has a codebook of 16383 .* 16384 tokens/);
    }
  });

  it.each([
    ['c2i_B_256', TRANSFORMER_SIZES.B, undefined, 'FoundationVision/LlamaGen/resolve/main/vq_ds16_c2i.pt'],
    ['t2i_XL_stage1_256', TRANSFORMER_SIZES.XL, CAPTION, 'peizesun/llamagen_t2i/resolve/main/vq_ds16_t2i.pt'],
  ])('that is missing for %s: what to download, and where to put it', async (stem, size, condition, url) => {
    await sparse(`${stem}.safetensors`, transformerShapes({ ...size, ...(condition && { condition }) }));
    const { noPicture, manifest } = await readLlamaGen(folder);
    expect(manifest.vq).toBeUndefined();
    expect(noPicture).toContain(`https://huggingface.co/${url}`);
    expect(noPicture).toContain(`put it into ${folder}`);
    expect(noPicture).toContain('--tokens-only');
  });

  it('that a manifest names but that is missing still allows tokens', async () => {
    await b256();
    writeManifest({ transformer: { weights: 'c2i_B_256.safetensors' }, vq: { weights: 'vq_ds8_c2i.pt' } });
    const { manifest, noPicture } = await readLlamaGen(folder);
    expect(manifest.transformer).toMatchObject({ heads: 12 });
    expect(noPicture).toContain(`${path.join(folder, 'vq_ds8_c2i.pt')} is missing`);
    expect(noPicture).toContain('https://');
  });

  it('that is damaged still allows tokens, and is named', async () => {
    await b256();
    await sparse('vq_ds16_c2i.safetensors', vqShapes());
    truncateSync(path.join(folder, 'vq_ds16_c2i.safetensors'), 100_000);
    const { manifest, noPicture } = await readLlamaGen(folder);
    expect(manifest.vq).toBeUndefined();
    expect(noPicture).toContain('vq_ds16_c2i.safetensors');
  });
});

describe('a folder', () => {
  it('with two transformers needs a choice', async () => {
    await sparse('c2i_B_256.safetensors', transformerShapes(TRANSFORMER_SIZES.B));
    await sparse('c2i_L_384.safetensors', transformerShapes(TRANSFORMER_SIZES.L));
    expect(await refusal()).toContain('c2i_B_256.safetensors, c2i_L_384.safetensors');
    const { manifest } = await readLlamaGen(path.join(folder, 'c2i_L_384.safetensors'));
    expect(manifest).toMatchObject({ name: 'c2i_L_384', transformer: { layers: 24 } });
  });

  it('with one model in two formats takes the safetensors', async () => {
    for (const name of ['c2i_B_256.safetensors', 'c2i_B_256.pt'])
      await sparse(name, transformerShapes(TRANSFORMER_SIZES.B));
    expect((await readLlamaGen(folder)).manifest.transformer?.weights).toBe('c2i_B_256.safetensors');
  });

  it('whose transformer is damaged names the file', async () => {
    await sparse('c2i_B_256.safetensors', transformerShapes(TRANSFORMER_SIZES.B));
    await sparse('vq_ds16_c2i.safetensors', vqShapes());
    truncateSync(path.join(folder, 'c2i_B_256.safetensors'), 100_000);
    expect(await refusal()).toContain('c2i_B_256.safetensors');
  });

  it('whose transformer lacks a part names the tensor', async () => {
    await sparse(
      'c2i_B_256.safetensors',
      transformerShapes(TRANSFORMER_SIZES.B).filter(([name]) => name !== 'tok_embeddings.weight'),
    );
    expect(await refusal()).toContain('tok_embeddings.weight');
  });

  it('without weights is no model', async () => {
    writeFileSync(path.join(folder, 'notes.txt'), 'nothing');
    expect(await refusal()).toContain('is no model folder');
    expect(await refusal(path.join(folder, 'nowhere'))).toContain('does not exist');
  });

  it('with weights of something else is no model, and such a file is refused by name', async () => {
    await sparse('bert.safetensors', [['embeddings.weight', [4, 4]]]);
    expect(await refusal()).toContain('is no model folder');
    expect(await refusal(path.join(folder, 'bert.safetensors'))).toContain('holds neither');
  });
});

describe('the manifest beside a weight file', () => {
  it('counts if it names the file, even in another format, and not if it names another file', async () => {
    await sparse('small.safetensors', transformerShapes(SMALL));
    await sparse('c2i_B_256.safetensors', transformerShapes(TRANSFORMER_SIZES.B));
    writeManifest({ name: 'small', grid: [2, 2], transformer: { weights: 'small.pt', heads: 2 } });
    const small = await readLlamaGen(path.join(folder, 'small.safetensors'));
    const published = await readLlamaGen(path.join(folder, 'c2i_B_256.safetensors'));
    expect(small.manifest).toMatchObject({ name: 'small', grid: [2, 2], transformer: { dim: 32, heads: 2 } });
    expect(published.manifest).toMatchObject({
      name: 'c2i_B_256',
      grid: [16, 16],
      transformer: { dim: 768, heads: 12 },
    });
  });

  it('that is a folder, or no JSON, is refused', async () => {
    await sparse('c2i_B_256.safetensors', transformerShapes(TRANSFORMER_SIZES.B));
    mkdirSync(path.join(folder, 'zipar-model.json'));
    expect(await refusal()).toContain('zipar-model.json');
    rmSync(path.join(folder, 'zipar-model.json'), { recursive: true });
    writeFileSync(path.join(folder, 'zipar-model.json'), '{');
    expect(await refusal(path.join(folder, 'c2i_B_256.safetensors'))).toContain('not valid JSON');
  });

  it('has a window that fits the grid, also where the grid is the published one', async () => {
    await sparse('c2i_B_256.safetensors', transformerShapes(TRANSFORMER_SIZES.B));
    writeManifest({ defaults: { window: 17 } });
    expect(await refusal()).toContain('"defaults.window"');
    writeManifest({ defaults: { window: 16 } });
    expect((await readLlamaGen(folder)).manifest.defaults).toMatchObject({ window: 16, topK: 2000 });
  });
});

it('reading a complete manifest opens no weights', async () => {
  const manifest = readFileSync(path.join(GOLDEN, 'llamagen-c2i/zipar-model.json'), 'utf8');
  writeFileSync(path.join(folder, 'zipar-model.json'), manifest);
  expect((await readLlamaGen(folder)).manifest).toMatchObject({ transformer: { heads: 4 } });
});

describe('weights under a general name', () => {
  const golden = (name: string): string => path.join(GOLDEN, 'llamagen-c2i', name);

  beforeEach(() => {
    writeManifest({ grid: [8, 8], transformer: { heads: 4 } });
  });

  it.each([
    ['model.pt', 'pytorch_model.bin'],
    ['model.pt', 'last.ckpt'],
    ['model.pt', 'MODEL.PT'],
    ['model.safetensors', 'MODEL.SAFETENSORS'],
    ['model.safetensors', 'Model.Safetensors'],
  ])('are found: %s as %s', async (file, name) => {
    cpSync(golden(file), path.join(folder, name));
    writeFileSync(path.join(folder, 'training_args.bin'), 'something else');
    const { manifest } = await readLlamaGen(folder);
    expect(manifest.transformer?.weights).toBe(name);
  });

  it('are ignored if there are other weights', async () => {
    cpSync(golden('model.pt'), path.join(folder, 'pytorch_model.bin'));
    cpSync(golden('model.safetensors'), path.join(folder, 'model.safetensors'));
    expect((await readLlamaGen(folder)).manifest.transformer?.weights).toBe('model.safetensors');
  });

  it('must be named if there are several', async () => {
    cpSync(golden('model.pt'), path.join(folder, 'first.ckpt'));
    cpSync(golden('model.pt'), path.join(folder, 'last.ckpt'));
    expect(await refusal()).toMatch(/several transformers \(first\.ckpt, last\.ckpt\); name the file itself/);
  });

  it('are reported as a Git LFS pointer', async () => {
    writeFileSync(path.join(folder, 'pytorch_model.bin'), 'version https://git-lfs.github.com/spec/v1\n');
    expect(await refusal()).toMatch(/pytorch_model\.bin: this is a Git LFS pointer/);
  });

  it('are not looked for in a thousand files', async () => {
    for (let i = 0; i <= 1000; i++) writeFileSync(path.join(folder, `${i}.pt`), 'x');
    expect(await refusal()).toMatch(/1001 weight files.*name the file itself/);
  });
});
