import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTensorAsFloat32, readTensorAsIntegers } from '../../../sidecar/model/weights/read-tensor';
import { openSafetensors } from '../../../sidecar/model/weights/safetensors';
import { writeSafetensors } from './write-safetensors';
import { openShardIndex } from '../../../sidecar/model/weights/safetensors-index';
import type { TensorDirectory } from '../../../sidecar/model/weights/tensor-directory';
import type { TensorLocation } from '../../../sidecar/model/weights/tensor-location';
import { WeightsError } from '../../../sidecar/model/weights/weights-error';
import { temporaryFolder } from './temporary-folder';

const folder = temporaryFolder();

/** A safetensors file with exactly this header and this number of data bytes. */
function withHeader(header: string | object, dataBytes = 0): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, Buffer.alloc(dataBytes)]);
}

function open(bytes: Uint8Array): Promise<TensorDirectory> {
  return openSafetensors(folder.write('model.safetensors', bytes));
}

function tensor(directory: TensorDirectory, name: string): TensorLocation {
  const location = directory.get(name);
  if (!location) throw new Error(`${name} is missing`);
  return location;
}

const pair = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };

describe('openSafetensors', () => {
  it('finds each tensor at its place from the start of the file', async () => {
    const header = JSON.stringify({ a: pair, b: { dtype: 'F16', shape: [1, 3], data_offsets: [8, 14] } });
    const tensors = await open(withHeader(header, 14));
    const start = 8 + header.length;
    expect(tensor(tensors, 'a')).toEqual({
      file: join(folder.path, 'model.safetensors'),
      offset: start,
      byteLength: 8,
      dtype: 'F32',
      shape: [2],
    });
    expect(tensor(tensors, 'b')).toMatchObject({ offset: start + 8, byteLength: 6, shape: [1, 3] });
  });

  it('takes scalars, empty tensors, metadata, padding and a tensor named __proto__', async () => {
    const header = `{"__metadata__":{"format":"pt"},"s":{"dtype":"I64","shape":[],"data_offsets":[0,8]},
      "e":{"dtype":"F32","shape":[0,7],"data_offsets":[8,8]},"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[8,9]}}   `;
    expect([...(await open(withHeader(header, 9))).keys()]).toEqual(['s', 'e', '__proto__']);
  });

  it.each<[string, Uint8Array, RegExp]>([
    [
      'a header longer than the file',
      Buffer.from('ffffffffffffff7f7b7d', 'hex'),
      /header of 9223372036854775807 bytes does not fit/,
    ],
    ['a file too short for a header', Buffer.from('{}'), /too few/],
    ['a header that is no object', withHeader('[]'), /does not begin with "{"/],
    ['a header that is no JSON', withHeader('{"a":'), /not valid JSON/],
    [
      'a header that is not UTF-8',
      withHeader('{"a":1}').map((byte) => (byte === 0x61 ? 0xff : byte)),
      /not UTF-8/,
    ],
    [
      'a name that occurs twice',
      withHeader(`{"a":${JSON.stringify(pair)},"\\u0061":${JSON.stringify(pair)}}`, 8),
      /key .* twice/,
    ],
    [
      'a field that occurs twice',
      withHeader('{"a":{"dtype":"U8","dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 8),
      /key "dtype" twice/,
    ],
    ['deep nesting', withHeader(`{"a":${'['.repeat(100_000)}`), /deeper than 3/],
    ['a dtype that is no text', withHeader({ a: { ...pair, dtype: 7 } }, 8), /has no dtype/],
    ['nine dimensions', withHeader({ a: { ...pair, shape: Array<number>(9).fill(1) } }, 8), /9 dimensions/],
    [
      'a tensor of an unknown dtype that overlaps',
      withHeader({ a: pair, b: { dtype: 'C64', shape: [1], data_offsets: [4, 12] } }, 12),
      /overlaps/,
    ],
    [
      'a tensor of an unknown dtype outside the file',
      withHeader({ a: pair, b: { dtype: 'F4', shape: [4], data_offsets: [8, 10] } }, 8),
      /outside the file/,
    ],
    ['a negative size', withHeader({ a: { ...pair, shape: [-1, -2] } }, 8), /non-negative/],
    ['a fractional size', withHeader({ a: { ...pair, shape: [0.5, 4] } }, 8), /non-negative/],
    [
      'a shape whose product overflows',
      withHeader({ a: { ...pair, shape: [2 ** 40, 2 ** 40, 0] } }, 8),
      /does not take 8 bytes/,
    ],
    [
      'a shape that does not fit the offsets',
      withHeader({ a: { ...pair, shape: [3] } }, 8),
      /does not take 8 bytes/,
    ],
    ['offsets that run backwards', withHeader({ a: { ...pair, data_offsets: [8, 0] } }, 8), /ascending/],
    ['three offsets', withHeader({ a: { ...pair, data_offsets: [0, 8, 8] } }, 8), /two non-negative/],
    ['a tensor outside the file', withHeader({ a: pair }, 7), /outside the file/],
    [
      'overlapping tensors',
      withHeader({ a: pair, b: { ...pair, data_offsets: [4, 12] } }, 12),
      /"b" overlaps/,
    ],
    [
      'a hole between tensors',
      withHeader({ a: pair, b: { ...pair, data_offsets: [9, 17] } }, 17),
      /1 bytes before tensor "b"/,
    ],
    ['data after the last tensor', withHeader({ a: pair }, 9), /1 bytes at the end/],
    ['metadata that is not text', withHeader({ __metadata__: { n: 1 } }), /__metadata__/],
  ])('refuses %s', async (_, bytes, problem) => {
    const opening = open(bytes);
    await expect(opening).rejects.toThrow(WeightsError);
    await expect(opening).rejects.toThrow(problem);
  });

  it('names the file in its errors', async () => {
    await expect(open(withHeader('[]'))).rejects.toThrow(join(folder.path, 'model.safetensors'));
  });
});

describe('writeSafetensors', () => {
  it('writes what openSafetensors reads, every tensor aligned to its elements', async () => {
    const tensors = await open(
      writeSafetensors(
        new Map([
          ['bytes', { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) }],
          ['logits', { dtype: 'F32', shape: [2, 1], data: Float32Array.of(0.5, -Infinity) }],
          ['tokens', { dtype: 'I64', shape: [2], data: BigInt64Array.of(-5n, 1n << 52n) }],
        ] as const),
      ),
    );
    expect([...(await readTensorAsFloat32(tensor(tensors, 'logits')))]).toEqual([0.5, -Infinity]);
    expect(await readTensorAsIntegers(tensor(tensors, 'tokens'))).toEqual([-5, 2 ** 52]);
    expect(await readTensorAsIntegers(tensor(tensors, 'bytes'))).toEqual([1, 2, 3]);
    expect(tensor(tensors, 'logits').offset % 4).toBe(0);
    expect(tensor(tensors, 'tokens').offset % 8).toBe(0);
  });

  it('refuses data that is not as long as the shape says', () => {
    const tensors = new Map([['a', { dtype: 'F32', shape: [3], data: Float32Array.of(1, 2) }]] as const);
    expect(() => writeSafetensors(tensors)).toThrow(RangeError);
  });
});

describe('openShardIndex', () => {
  const shard = (name: string) => withHeader({ [name]: pair }, 8);
  const openIndex = (index: unknown) =>
    openShardIndex(folder.write('m.safetensors.index.json', JSON.stringify(index)));

  it('finds each tensor in its shard, in subfolders too', async () => {
    mkdirSync(join(folder.path, 'shards'));
    folder.write('m-1.safetensors', shard('a'));
    folder.write('shards/m-2.safetensors', shard('b'));
    const tensors = await openIndex({ weight_map: { a: 'm-1.safetensors', b: 'shards/m-2.safetensors' } });
    expect(tensor(tensors, 'a').file).toBe(join(folder.path, 'm-1.safetensors'));
    expect(tensor(tensors, 'b').file).toBe(join(folder.path, 'shards', 'm-2.safetensors'));
  });

  it.each([
    '../m-1.safetensors',
    '/m-1.safetensors',
    'shards/../../m-1.safetensors',
    'C:\\m-1.safetensors',
    '..\\m.safetensors',
    'm-1.pt',
    '',
  ])('refuses the shard path "%s"', async (path) => {
    await expect(openIndex({ weight_map: { a: path } })).rejects.toThrow(/inside the index's folder/);
  });

  it('refuses a tensor that its shard does not hold, and a missing shard', async () => {
    folder.write('m-1.safetensors', shard('a'));
    await expect(openIndex({ weight_map: { c: 'm-1.safetensors' } })).rejects.toThrow(
      /"c" is not in "m-1.safetensors"/,
    );
    await expect(openIndex({ weight_map: { a: 'm-9.safetensors' } })).rejects.toThrow(
      /the shard "m-9.safetensors" that it names is missing/,
    );
  });

  it('refuses an index without a weight map', async () => {
    await expect(openIndex({})).rejects.toThrow(WeightsError);
    await expect(openIndex({ weight_map: { a: 1 } })).rejects.toThrow(WeightsError);
  });
});

describe('a tensor of a type that this program does not read', () => {
  const dtypes: readonly [string, number][] = [
    ...([
      ['C64', 16],
      ['F8_E8M0', 2],
      ['F4', 1],
      ['F6_E2M3', 2],
      ['F6_E3M2', 2],
    ] as const),
    ...([
      ['F8_E4M3FNUZ', 2],
      ['F8_E5M2FNUZ', 2],
      ['F31', 3],
      ['toString', 4],
    ] as const),
  ].map(([dtype, bytes]) => [dtype, bytes]);
  it.each(dtypes)('is skipped, and refused when it is needed: %s', async (dtype, bytes) => {
    const b = { dtype, shape: [2], data_offsets: [8, 8 + bytes] };
    const tensors = await open(withHeader({ a: pair, b }, 8 + bytes));
    expect(tensor(tensors, 'a').shape).toEqual([2]);
    expect(tensors.has('b')).toBe(true);
    expect(() => tensors.get('b')).toThrow(WeightsError);
    expect(() => tensors.get('b')).toThrow(`tensor "b" has the type "${dtype}"`);
  });
});

it('reads no header of more than 4 MB', async () => {
  const long = withHeader({ __metadata__: { note: 'x'.repeat(5_000_000) } }, 0);
  await expect(open(long)).rejects.toThrow(/longer than the 4194304 that are read/);
});
