import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OutputFileError } from '../../../sidecar/files/write-whole-file';
import { readTensorAsFloat32 } from '../../../sidecar/model/weights/read-tensor';
import { openSafetensors } from '../../../sidecar/model/weights/safetensors';
import { writeSafetensors } from '../../../sidecar/model/weights/write-safetensors';
import { temporaryFolder } from './temporary-folder';

const folder = temporaryFolder();

describe('a safetensors file', () => {
  it('is read back as it was written, tensors given in pieces included', async () => {
    const file = join(folder.path, 'two.safetensors');
    async function* pieces() {
      yield Float32Array.of(1, -0);
      yield await Promise.resolve(Float32Array.of(Infinity, 1e-45));
    }
    await writeSafetensors(file, [
      { name: 'a', shape: [2, 2], data: pieces() },
      { name: 'b "quoted"', shape: [], data: [Float32Array.of(3.5)] },
      { name: 'empty', shape: [0, 7], data: [] },
    ]);
    const tensors = await openSafetensors(file);
    const [a, b, empty] = ['a', 'b "quoted"', 'empty'].map((name) => tensors.get(name));
    if (!a || !b || !empty) throw new Error('a tensor is missing');
    expect([...tensors.keys()]).toHaveLength(3);
    expect([a.shape, b.shape, empty.shape]).toEqual([[2, 2], [], [0, 7]]);
    expect(Array.from(await readTensorAsFloat32(a))).toEqual([1, -0, Infinity, Math.fround(1e-45)]);
    expect(Array.from(await readTensorAsFloat32(b))).toEqual([3.5]);
  });

  it('has data that begin on a multiple of eight bytes, whatever the names', async () => {
    for (const name of ['a', 'ab', 'abc', 'abcd', 'abcde']) {
      const file = join(folder.path, 'aligned.safetensors');
      await writeSafetensors(file, [{ name, shape: [1], data: [Float32Array.of(1)] }]);
      expect((await openSafetensors(file)).get(name)?.offset).toSatisfy((offset: number) => offset % 8 === 0);
    }
  });

  it.each([
    ['too few', [Float32Array.of(1, 2)]],
    ['too many', [Float32Array.of(1, 2), Float32Array.of(3, 4)]],
  ])('with %s data is refused, and leaves nothing behind', async (_, data) => {
    const before = readdirSync(folder.path);
    const write = writeSafetensors(join(folder.path, 'wrong.safetensors'), [{ name: 'x', shape: [3], data }]);
    await expect(write).rejects.toThrow(RangeError);
    expect(readdirSync(folder.path)).toEqual(before);
  });

  it('keeps what was there before when writing fails half-way', async () => {
    const file = folder.write('kept.safetensors', 'before');
    const before = readdirSync(folder.path);
    function* failing() {
      yield Float32Array.of(1);
      throw new Error('the model failed');
    }
    await expect(writeSafetensors(file, [{ name: 'x', shape: [2], data: failing() }])).rejects.toThrow(
      'the model failed',
    );
    expect(readFileSync(file, 'utf8')).toBe('before');
    expect(readdirSync(folder.path)).toEqual(before);
  });

  it('that cannot be put in its place is reported by name, and leaves nothing behind', async () => {
    const taken = join(folder.path, 'taken.safetensors');
    mkdirSync(taken);
    const before = readdirSync(folder.path);
    for (const file of [taken, join(folder.path, 'no/such/folder/x.safetensors')]) {
      const write = writeSafetensors(file, [{ name: 'x', shape: [1], data: [Float32Array.of(1)] }]);
      await expect(write).rejects.toThrow(OutputFileError);
      await expect(write).rejects.toThrow(file);
    }
    expect(readdirSync(folder.path)).toEqual(before);
  });

  it.each([
    [['x', 'x'], [1]],
    [['__metadata__'], [1]],
    [['x'], [-1]],
  ])('cannot hold tensors named %j of shape %j', async (names, shape) => {
    const tensors = names.map((name) => ({ name, shape, data: [Float32Array.of(1)] }));
    await expect(writeSafetensors(join(folder.path, 'y.safetensors'), tensors)).rejects.toThrow(RangeError);
  });
});
