import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Checkpoint } from '../../../sidecar/model/checkpoint';
import { writeSparseSafetensors } from '../../checkpoints/sparse-safetensors';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'zipar-checkpoint-')));
  for (const name of ['snapshot', 'blobs', 'elsewhere']) mkdirSync(path.join(folder, name));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Writes a checkpoint in two parts. Its files in `snapshot` are links to the places of the parts. */
async function writeLinked(places: readonly [string, string]): Promise<void> {
  const weightMap: Record<string, string> = {};
  for (const [i, place] of places.entries()) {
    const part = `model-0000${i + 1}-of-00002.safetensors`;
    await writeSparseSafetensors(path.join(folder, place, `blob${i}`), [[`w${i}`, [2, 3]]]);
    symlinkSync(path.join(folder, place, `blob${i}`), path.join(folder, 'snapshot', part));
    weightMap[`w${i}`] = part;
  }
  const index = JSON.stringify({ metadata: {}, weight_map: weightMap });
  writeFileSync(path.join(folder, 'snapshot/model.safetensors.index.json'), index);
}

describe('a checkpoint of links', () => {
  const open = () => Checkpoint.open(path.join(folder, 'snapshot'), 'model.safetensors.index.json');

  it('lies where the links lead', async () => {
    await writeLinked(['blobs', 'blobs']);
    const checkpoint = await open();
    expect(checkpoint.folder).toBe(path.join(folder, 'blobs'));
    expect(checkpoint.tensor('w1', [2, 3]).file).toBe(path.join(folder, 'blobs/blob1'));
  });

  it('into several folders is refused, as ONNX Runtime reads from one only', async () => {
    await writeLinked(['blobs', 'elsewhere']);
    await expect(open()).rejects.toThrow('several folders');
  });
});
