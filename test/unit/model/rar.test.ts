/** What is known of a published RAR from its tensors and from its publication. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDescription } from '../../../sidecar/model/transformer/transformer-weights';
import { readModelFolder, transformerOf } from '../../../sidecar/model/model-folder';
import type { NamedShape } from '../../checkpoints/llamagen-shapes';
import { writeSparseSafetensors } from '../../checkpoints/sparse-safetensors';
import { inEnglish } from '../../../sidecar/protocol';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-rar-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** The tensors of a transformer of a published size. */
function published(layers: number, dim: number, hidden: number): NamedShape[] {
  const linear = (name: string, out: number, inner: number): NamedShape[] => [
    [`${name}.weight`, [out, inner]],
    [`${name}.bias`, [out]],
  ];
  const norm = (name: string, width: number): NamedShape[] => [
    [`${name}.weight`, [width]],
    [`${name}.bias`, [width]],
  ];
  return [
    ['cls_token', [1, 1, dim]],
    ['embeddings.weight', [2026, dim]],
    ['pos_embed', [1, 256 + 1024, dim]],
    ['target_aware_pos_embed', [1, 256 + 1024, dim]],
    ['timesteps_embeddings', [1, 256 + 100, dim]],
    ...Array.from({ length: layers }, (_, layer) => `blocks.${layer}`).flatMap((block) => [
      ...linear(`${block}.adaLN_modulation.1`, 6 * dim, dim),
      ...norm(`${block}.norm1`, dim),
      ...linear(`${block}.attn.qkv`, 3 * dim, dim),
      ...norm(`${block}.attn.q_norm`, dim / 16),
      ...norm(`${block}.attn.k_norm`, dim / 16),
      ...linear(`${block}.attn.proj`, dim, dim),
      ...norm(`${block}.norm2`, dim),
      ...linear(`${block}.mlp.fc1`, hidden, dim),
      ...linear(`${block}.mlp.fc2`, dim, hidden),
    ]),
    ...linear('adaln_before_head.adaLN_modulation.1', 2 * dim, dim),
    ...linear('lm_head', 1024, dim),
  ];
}

describe('a published RAR', () => {
  it.each([
    ['rar_b', 24, 768, 3072, 16, 1, 2.75],
    ['rar_l', 24, 1024, 4096, 15.5, 1.02, 2.5],
    ['rar_xl', 32, 1280, 5120, 6.9, 1.02, 1.5],
    ['rar_xxl', 40, 1408, 6144, 8, 1.02, 1.2],
  ])('%s has its sizes and its sampling', async (stem, layers, dim, hidden, guidance, temperature, power) => {
    const shapes = published(layers, dim, hidden);
    await writeSparseSafetensors(path.join(folder, `${stem}.safetensors`), shapes);
    const model = await readModelFolder(folder);
    expect(model).toMatchObject({
      grid: [16, 16],
      trainedGrids: [[16, 16]],
      condition: { kind: 'class', classes: 1000 },
      defaults: { guidance, temperature, topK: 0, topP: 1 },
    });
    expect(inEnglish(model.noPicture ?? '')).toMatch(/maskgit-vqgan-imagenet-f16-256\.bin/);
    const { description } = await openDescription(folder, transformerOf(model));
    expect(description).toMatchObject({
      codes: 1024,
      heads: 16,
      promptLength: 2,
      cache: { layers, kvHeads: 16, headDim: dim / 16 },
    });
    // Every tensor of the file is used, and has the shape that the graph expects.
    expect(description.tensors.map(({ name, shape }) => [name, shape]).sort()).toEqual([...shapes].sort());
    const middle = 1 + ((guidance - 1) * (1 - Math.cos(Math.PI * 0.5 ** power))) / 2;
    const at = (position: number): number | undefined => description.guidanceAt?.(guidance, position);
    expect([at(0), at(128)]).toEqual([1, middle]);
    expect([0, 1].map((scale) => description.guidanceAt?.(scale, 128))).toEqual([0, 1]);
  });

  it('is named by its file where a folder holds several', async () => {
    for (const stem of ['rar_b', 'rar_l'])
      await writeSparseSafetensors(path.join(folder, `${stem}.safetensors`), published(1, 768, 3072));
    await expect(readModelFolder(folder)).rejects.toThrow(
      /several transformers \(rar_b\.safetensors, rar_l\.safetensors\); name the file itself/,
    );
    const file = path.join(folder, 'rar_l.safetensors');
    expect(await readModelFolder(file)).toMatchObject({ name: 'rar_l', grid: [16, 16] });
  });

  it('of a size that was not published is sampled as in the published example', async () => {
    await writeSparseSafetensors(path.join(folder, 'mine.safetensors'), published(2, 96, 384));
    expect(await readModelFolder(folder)).toMatchObject({ defaults: { guidance: 4, temperature: 1 } });
    const manifest = { format: 'zipar-model', version: 1, family: 'rar', guidancePower: -1 };
    writeFileSync(path.join(folder, 'zipar-model.json'), JSON.stringify(manifest));
    await expect(readModelFolder(folder)).rejects.toThrow(/"guidancePower" must be .* 0/);
  });
});
