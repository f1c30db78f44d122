/** Files made at random from the parts of such files. Each is refused in a sentence or read correctly, without delay. */
import { describe, expect, it } from 'vitest';
import { openWeights } from '../../../sidecar/model/weights/open-weights';
import { PickleError } from '../../../sidecar/model/weights/pickle-values';
import { readStateDictPickle } from '../../../sidecar/model/weights/state-dict-pickle';
import { tensorByteLength } from '../../../sidecar/model/weights/tensor-location';
import { WeightsError } from '../../../sidecar/model/weights/weights-error';
import { randomIntegers } from './damage';
import { temporaryFolder } from './temporary-folder';
import { p, pickle, pickledDict, pickledTensor, torchFile, zip, type ZipMember } from './torch-file';

const PICKLES = 50_000;
const FILES = 500;
const folder = temporaryFolder();

const byte = (...values: number[]): Buffer => Buffer.from(values);
const GLOBALS = [
  p.global('torch._utils', '_rebuild_tensor_v2'),
  p.global('torch._utils', '_rebuild_tensor_v3'),
  p.global('torch._utils', '_rebuild_parameter'),
  p.global('torch._tensor', '_rebuild_from_type_v2'),
  p.global('torch.nn.parameter', 'Parameter'),
  p.global('torch', 'FloatStorage'),
  p.global('torch', 'Size'),
  p.global('collections', 'OrderedDict'),
  p.global('argparse', 'Namespace'),
  p.global('os', 'system'),
];
/** Parts of pickles: whole values and single opcodes. */
const PARTS: readonly Buffer[] = [
  ...GLOBALS,
  ...[p.mark, p.none, p.false, p.dict, p.list, p.emptyTuple, p.tuple, p.reduce, p.build, p.persistentId],
  ...[p.setItem, p.setItems, p.text('model'), p.text('w'), p.text('storage'), p.text('cpu'), p.text('0')],
  ...[p.int(0), p.int(1), p.int(4), p.int(-1), p.int(2 ** 40)],
  ...[0x30, 0x31, 0x61, 0x65, 0x81, 0x85, 0x86, 0x87, 0x8f, 0x90, 0x91, 0x92, 0x93, 0x94].map((code) =>
    byte(code),
  ),
  ...[
    byte(0x71, 0),
    byte(0x71, 1),
    byte(0x68, 0),
    byte(0x68, 1),
    byte(0x43, 2, 65, 66),
    byte(0x8a, 9, ...Array<number>(9).fill(255)),
  ],
  ...[
    byte(0x8b, 255, 255, 255, 255),
    byte(0x8e, ...Array<number>(8).fill(255)),
    byte(0x95, 1, 0, 0, 0, 0, 0, 0, 0),
  ],
  pickledTensor({ key: '0', elements: 4, shape: [2, 2] }),
  pickledTensor({ key: '0', elements: 4, shape: [4], storageType: 'ComplexFloatStorage' }),
  pickledDict({ w: pickledTensor({ key: '0', elements: 4, shape: [4] }) }),
];

describe('a pickle', () => {
  it(`is refused or read, ${PICKLES} times`, () => {
    const random = randomIntegers(8);
    let read = 0;
    for (let round = 0; round < PICKLES; round++) {
      const parts = Array.from({ length: 1 + random(30) }, () => PARTS[random(PARTS.length)] ?? p.none);
      // A value that closes open parts makes it more likely that a pickle reaches its end.
      try {
        readStateDictPickle(pickle(...parts, ...(random(2) ? [byte(0x31), p.dict] : [])));
        read++;
      } catch (error) {
        if (!(error instanceof PickleError)) throw error;
      }
    }
    expect(read).toBeGreaterThan(50);
  });
});

async function isRead(file: string): Promise<boolean> {
  try {
    const tensors = await openWeights(file);
    for (const { dtype, shape, byteLength } of tensors.values())
      expect(tensorByteLength(dtype, shape)).toBe(byteLength);
    return true;
  } catch (error) {
    if (!(error instanceof WeightsError)) throw error;
    expect(error.message).toMatch(/\. \S.*\.$/);
    return false;
  }
}

describe('a ZIP file', () => {
  const dataPkl = pickle(pickledDict({ w: pickledTensor({ key: '0', elements: 4, shape: [4] }) }));
  const member = (random: (below: number) => number): ZipMember => {
    const name = ['a/data.pkl', 'a/data/0', 'a/data/1', 'a/', 'a/version', 'b/data.pkl'][random(6)] ?? '';
    const lies: readonly Partial<ZipMember>[] = [
      ...[{}, {}, {}, {}, { localOffset: random(200) }, { localSize: random(40) }, { isWide: true }],
      ...[{ method: 8 }, { flags: 1 << random(14) }, { crc32: random(2 ** 31) }, { localName: 'a/data/2' }],
    ];
    return {
      name,
      data: name.endsWith('.pkl') ? dataPkl : Buffer.alloc(16, 1),
      ...lies[random(lies.length)],
    };
  };

  it(`is refused or read, ${FILES} times`, async () => {
    const random = randomIntegers(9);
    let read = 0;
    for (let round = 0; round < FILES; round++) {
      const rest = Array.from({ length: random(4) }, () => member(random));
      const members = random(2)
        ? rest
        : [{ name: 'a/data.pkl', data: dataPkl }, { name: 'a/data/0', data: Buffer.alloc(16) }, ...rest];
      const bytes = zip(members, { zip64End: random(2) === 0, comment: 'PK\x05\x06'.repeat(random(3)) });
      if (await isRead(folder.write('made.pt', bytes))) read++;
    }
    expect(read).toBeGreaterThan(20);
  });

  it('of twenty thousand members is read, and of more members is refused', async () => {
    const storages = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, i) => [String(i), Buffer.alloc(i === 0 ? 16 : 0)]),
      );
    expect(await isRead(folder.write('many.pt', torchFile(dataPkl, storages(19_998))))).toBe(true);
    expect(await isRead(folder.write('many.pt', torchFile(dataPkl, storages(20_000))))).toBe(false);
  });
});

describe('a safetensors file', () => {
  const VALUES: readonly unknown[] = [
    ...['F32', 'F16', 'C64', 'F4', '', '__proto__', 0, 1, 4, -1, 1.5, 2 ** 53, 1e308, null, true],
    ...[
      [],
      [2],
      [2, 2],
      [0, 8],
      [8, 0],
      [8, 16],
      [0, 2 ** 53],
      Array<number>(9).fill(1),
      {},
      { dtype: 'F32' },
    ],
  ];

  it(`is refused or read, ${FILES} times`, async () => {
    const random = randomIntegers(10);
    const some = (): unknown => VALUES[random(VALUES.length)];
    let read = 0;
    for (let round = 0; round < FILES; round++) {
      const header: Record<string, unknown> = { a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } };
      if (random(2)) header.b = { dtype: ['F16', 'C64', 'U8'][random(3)], shape: [8], data_offsets: [8, 24] };
      for (let lies = random(3); lies > 0; lies--) {
        const target = header[random(2) ? 'a' : 'b'];
        const field = ['dtype', 'shape', 'data_offsets', 'more'][random(4)] ?? '';
        if (typeof target === 'object' && target !== null) Object.assign(target, { [field]: some() });
        else header[['b', '__metadata__', ''][random(3)] ?? ''] = some();
      }
      const json = Buffer.from(JSON.stringify(header));
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(json.length));
      const data = Buffer.alloc(random(4) ? ('b' in header ? 24 : 8) : random(30));
      if (await isRead(folder.write('made.safetensors', Buffer.concat([length, json, data])))) read++;
    }
    expect(read).toBeGreaterThan(20);
  });
});
