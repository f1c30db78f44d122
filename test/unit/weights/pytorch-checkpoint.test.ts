import { describe, expect, it } from 'vitest';
import { openPytorchCheckpoint } from '../../../sidecar/model/weights/pytorch-checkpoint';
import { readTensorAsFloat32, readTensorAsIntegers } from '../../../sidecar/model/weights/read-tensor';
import type { TensorDirectory } from '../../../sidecar/model/weights/tensor-directory';
import { WeightsError } from '../../../sidecar/model/weights/weights-error';
import { temporaryFolder } from './temporary-folder';
import { p, pickle, pickledDict, pickledTensor, torchFile, zip, type ZipMember } from './torch-file';

const folder = temporaryFolder();

function open(bytes: Uint8Array): Promise<TensorDirectory> {
  return openPytorchCheckpoint(folder.write('model.pt', bytes));
}

async function floats(tensors: TensorDirectory, name: string): Promise<number[]> {
  const location = tensors.get(name);
  if (!location) throw new Error(`${name} is missing`);
  return [...(await readTensorAsFloat32(location))];
}

/** Expects that the file opens, and that reading the tensor `w` is refused. */
async function expectUnreadable(bytes: Uint8Array, problem: RegExp): Promise<void> {
  const tensors = await open(bytes);
  expect(tensors.has('w')).toBe(true);
  expect(() => tensors.get('w')).toThrow(WeightsError);
  expect(() => tensors.get('w')).toThrow(problem);
}

const four = Buffer.from(Float32Array.of(1, 2, 3, 4).buffer);
const storage = { key: '0', elements: 4 };
const weight = pickledTensor({ ...storage, shape: [2, 2] });
/** The pickle of a call of `module.name`. */
function call(module: string, name: string, ...args: readonly Buffer[]): Buffer {
  return Buffer.concat([p.global(module, name), p.mark, ...args, p.tuple, p.reduce]);
}

/** Arguments of `_rebuild_tensor_v3` before the type: 16 bytes as four elements. */
const untyped = [
  ...[p.mark, p.text('storage'), p.global('torch.storage', 'UntypedStorage'), p.text('0'), p.text('cpu')],
  ...[p.int(16), p.tuple, p.persistentId],
  ...[p.int(0), p.mark, p.int(4), p.tuple, p.mark, p.int(1), p.tuple, p.false, p.none],
];
const sized = call(
  ...(['torch._utils', '_rebuild_tensor_v2'] as const),
  ...[p.mark, p.text('storage'), p.global('torch', 'FloatStorage'), p.text('0'), p.text('cpu')],
  ...[p.int(4), p.tuple, p.persistentId, p.int(0)],
  call('torch', 'Size', Buffer.concat([p.mark, p.int(4), p.tuple])),
  ...[p.mark, p.int(1), p.tuple, p.false, p.none],
);
const plain = pickle(pickledDict({ w: weight }));

function byte(value: number): Buffer {
  return Buffer.from([value]);
}

/** A string as the opcode SHORT_BINBYTES. */
function bytes(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x43, text.length]), Buffer.from(text, 'latin1')]);
}

/** An object in the form of protocol 2: its class, no arguments, its state. */
function object(module: string, name: string, state: Buffer): Buffer {
  return Buffer.concat([p.global(module, name), p.emptyTuple, byte(0x81), state, p.build]);
}

async function expectRefusal(bytes: Uint8Array, problem: RegExp): Promise<void> {
  const opening = open(bytes);
  await expect(opening).rejects.toThrow(WeightsError);
  await expect(opening).rejects.toThrow(problem);
}

describe('the state dict', () => {
  it.each(['model', 'ema', 'module', 'state_dict'])(
    'may lie under "%s", next to other things',
    async (wrapper) => {
      const tensors = await open(
        torchFile(
          pickle(pickledDict({ steps: p.int(7), args: p.dict, [wrapper]: pickledDict({ w: weight }) })),
          { 0: four },
        ),
      );
      expect([...tensors.keys()]).toEqual(['w']);
      expect(await floats(tensors, 'w')).toEqual([1, 2, 3, 4]);
    },
  );

  it('may lie at the top, as an OrderedDict with metadata', async () => {
    const ordered = Buffer.concat([p.global('collections', 'OrderedDict'), p.emptyTuple, p.reduce]);
    const root = Buffer.concat([
      ordered,
      p.mark,
      p.text('w'),
      weight,
      p.setItems,
      pickledDict({ _metadata: ordered }),
      p.build,
    ]);
    expect(await floats(await open(torchFile(pickle(root), { 0: four })), 'w')).toEqual([1, 2, 3, 4]);
  });

  it('is the content of "model" even if there is "ema"', async () => {
    const other = pickledTensor({ ...storage, shape: [4] });
    const tensors = await open(
      torchFile(pickle(pickledDict({ ema: pickledDict({ w: other }), model: pickledDict({ w: weight }) })), {
        0: four,
      }),
    );
    expect(tensors.get('w')?.shape).toEqual([2, 2]);
  });

  it.each([
    [['state_dict', 'model']],
    [['model', 'module']],
    [['model_state_dict']],
    [['net', 'params']],
    [['model', 'state_dict', 'ema', 'module']],
  ])('may lie under %j', async (wrappers) => {
    const root = wrappers.reduceRight(
      (inner, name) => pickledDict({ [name]: inner }),
      pickledDict({ w: weight }),
    );
    expect([...(await open(torchFile(pickle(root), { 0: four }))).keys()]).toEqual(['w']);
  });

  it('is searched once in a dict that contains itself', async () => {
    const kept = (index: number) => Buffer.from([0x71, index]);
    const root = Buffer.concat([p.dict, kept(0), p.text('model'), Buffer.from([0x68, 0]), p.setItem]);
    await expectRefusal(torchFile(pickle(root), { 0: four }), /no state dict/);
  });

  it('is reported missing if there is none', async () => {
    await expectRefusal(torchFile(pickle(pickledDict({ model: p.dict })), { 0: four }), /no state dict/);
    await expectRefusal(torchFile(pickle(p.list), { 0: four }), /no state dict/);
  });
});

describe('a tensor', () => {
  it('may be a parameter', async () => {
    const parameter = Buffer.concat([
      p.global('torch._utils', '_rebuild_parameter'),
      p.mark,
      weight,
      p.false,
      p.none,
      p.tuple,
      p.reduce,
    ]);
    expect(
      await floats(await open(torchFile(pickle(pickledDict({ w: parameter })), { 0: four })), 'w'),
    ).toEqual([1, 2, 3, 4]);
  });

  it('may be a part of its storage, side by side with another or the same', async () => {
    const part = (storageOffset: number) => pickledTensor({ ...storage, storageOffset, shape: [2] });
    const tensors = await open(
      torchFile(pickle(pickledDict({ a: part(0), b: part(2), tied: part(2) })), { 0: four }),
    );
    expect([await floats(tensors, 'a'), await floats(tensors, 'b'), await floats(tensors, 'tied')]).toEqual([
      [1, 2],
      [3, 4],
      [3, 4],
    ]);
  });

  it('may be a scalar, empty, or have a dimension of size 1 with any stride', async () => {
    const tensors = await open(
      torchFile(
        pickle(
          pickledDict({
            scalar: pickledTensor({ ...storage, shape: [] }),
            empty: pickledTensor({ ...storage, storageOffset: 4, shape: [0, 3] }),
            one: pickledTensor({ ...storage, storageOffset: 1, shape: [1, 3], strides: [99, 1] }),
          }),
        ),
        { 0: four },
      ),
    );
    expect(await floats(tensors, 'scalar')).toEqual([1]);
    expect(await floats(tensors, 'empty')).toEqual([]);
    expect(await floats(tensors, 'one')).toEqual([2, 3, 4]);
  });

  it('keeps its dtype', async () => {
    const tensors = await open(
      torchFile(
        pickle(
          pickledDict({
            h: pickledTensor({ storageType: 'HalfStorage', key: '0', elements: 2, shape: [2] }),
            b: pickledTensor({ storageType: 'BFloat16Storage', key: '1', elements: 2, shape: [2] }),
            l: pickledTensor({ storageType: 'LongStorage', key: '2', elements: 1, shape: [1] }),
          }),
        ),
        {
          0: Buffer.from(Uint16Array.of(0x3c00, 0xc000).buffer),
          1: Buffer.from(Uint16Array.of(0x3f80, 0xc000).buffer),
          2: Buffer.from(BigInt64Array.of(-7n).buffer),
        },
      ),
    );
    expect(await floats(tensors, 'h')).toEqual([1, -2]);
    expect(await floats(tensors, 'b')).toEqual([1, -2]);
    const long = tensors.get('l');
    if (!long) throw new Error('l is missing');
    expect(await readTensorAsIntegers(long)).toEqual([-7]);
  });

  it.each<[string, Buffer, RegExp]>([
    [
      'reaches beyond its storage',
      pickledTensor({ ...storage, storageOffset: 1, shape: [2, 2] }),
      /does not fit into its storage/,
    ],
    ['is larger than any file', pickledTensor({ ...storage, shape: [2 ** 40, 2 ** 40] }), /does not fit/],
    ['has a negative size', pickledTensor({ ...storage, shape: [-2, -2] }), /non-negative/],
    ['has a negative offset', pickledTensor({ ...storage, storageOffset: -1, shape: [1] }), /wrong kind/],
    [
      'lies in a storage that is not there',
      pickledTensor({ key: '9', elements: 4, shape: [4] }),
      /storage "9", which the file does not have/,
    ],
    [
      'lies in a storage of another length',
      pickledTensor({ key: '0', elements: 5, shape: [4] }),
      /5 elements of F32, but the file has 16 bytes/,
    ],
    [
      'names a path as its storage',
      pickledTensor({ key: '../data.pkl', elements: 4, shape: [4] }),
      /which the file does not have/,
    ],
  ])('is refused when it %s', async (_, tensor, problem) => {
    await expectRefusal(torchFile(pickle(pickledDict({ w: tensor })), { 0: four }), problem);
  });

  it.each<[string, Buffer, RegExp]>([
    ['is transposed', pickledTensor({ ...storage, shape: [2, 2], strides: [1, 2] }), /"w" is not contiguous/],
    ['is expanded', pickledTensor({ ...storage, shape: [4, 4], strides: [0, 1] }), /not contiguous/],
    [
      'has elements of no known dtype',
      pickledTensor({ ...storage, storageType: 'QInt8Storage', shape: [4] }),
      /"torch.QInt8Storage", which this program does not read/,
    ],
    [
      'has complex elements',
      pickledTensor({ ...storage, storageType: 'ComplexFloatStorage', elements: 2, shape: [2] }),
      /"torch.ComplexFloatStorage"/,
    ],
    ['has nine dimensions', pickledTensor({ ...storage, shape: Array<number>(9).fill(1) }), /9 dimensions/],
    ['has 90,000 dimensions', pickledTensor({ ...storage, shape: Array<number>(90_000).fill(1) }), /90000/],
    [
      'is sparse',
      call('torch._utils', '_rebuild_sparse_tensor', p.none, p.emptyTuple),
      /_rebuild_sparse_tensor/,
    ],
    ['is quantized', call('torch._utils', '_rebuild_qtensor', weight), /_rebuild_qtensor/],
    [
      'is of a subclass',
      call('torch._tensor', '_rebuild_from_type_v2', p.none, p.global('my', 'Tensor'), p.emptyTuple, p.none),
      /an object of my.Tensor/,
    ],
    [
      'has no type that is known',
      call('torch._utils', '_rebuild_tensor_v3', ...untyped, p.global('torch', 'float8_e8m0fnu')),
      /a tensor of torch.float8_e8m0fnu/,
    ],
  ])('is passed over when it %s, and refused when it is needed', async (_, tensor, problem) => {
    await expectUnreadable(torchFile(pickle(pickledDict({ w: tensor, v: weight })), { 0: four }), problem);
  });

  it.each<[string, Buffer]>([
    [
      'as a parameter with a state',
      call('torch._utils', '_rebuild_parameter_with_state', weight, p.false, p.none, p.dict),
    ],
    [
      'as a parameter with attributes',
      call(
        ...([
          'torch._tensor',
          '_rebuild_from_type_v2',
          p.global('torch._utils', '_rebuild_parameter'),
        ] as const),
        ...[p.global('torch.nn.parameter', 'Parameter'), Buffer.concat([p.mark, weight, p.tuple]), p.dict],
      ),
    ],
    [
      'in an untyped storage',
      call('torch._utils', '_rebuild_tensor_v3', ...untyped, p.global('torch', 'float32')),
    ],
    ['with its shape as a torch.Size', sized],
  ])('may be saved %s', async (_, tensor) => {
    expect(await floats(await open(torchFile(pickle(pickledDict({ w: tensor })), { 0: four })), 'w')).toEqual(
      [1, 2, 3, 4],
    );
  });

  it('is refused when it overlaps another in part', async () => {
    const part = (storageOffset: number) => pickledTensor({ ...storage, storageOffset, shape: [3] });
    await expectRefusal(
      torchFile(pickle(pickledDict({ a: part(0), b: part(1) })), { 0: four }),
      /"b" partly overlaps/,
    );
  });
});

describe('the pickle', () => {
  const refuse = (dataPkl: Buffer, problem: RegExp) =>
    expectRefusal(torchFile(dataPkl, { 0: four }), problem);

  it.each([
    ['posix', 'system'],
    ['builtins', 'eval'],
    ['torch._utils', '_rebuild_tensor_v2.__globals__'],
    ['argparse', 'Namespace'],
    ['__proto__', 'constructor'],
  ])('executes nothing: what %s.%s makes is passed over', async (module, name) => {
    const made = call(module, name, p.text('id'));
    const tensors = await open(torchFile(pickle(pickledDict({ w: weight, x: made })), { 0: four }));
    expect([...tensors.keys()]).toEqual(['w']);
    expect(() => tensors.get('x')).toThrow(`an object of ${module}.${name}`);
  });

  it.each<[string, Buffer]>([
    ['an argparse.Namespace', object('argparse', 'Namespace', pickledDict({ lr: p.int(1) }))],
    [
      'an object by STACK_GLOBAL',
      Buffer.concat([p.text('os'), p.text('system'), byte(0x93), p.mark, p.tuple, p.reduce]),
    ],
    [
      'a numpy scalar',
      call('numpy.core.multiarray', 'scalar', call('numpy', 'dtype', p.text('f8')), bytes('12345678')),
    ],
    [
      'a numpy array',
      Buffer.concat([
        call('numpy.core.multiarray', '_reconstruct', p.none),
        p.mark,
        p.int(1),
        bytes('xyz'),
        p.tuple,
        p.build,
      ]),
    ],
    ['a dtype with state', Buffer.concat([call('numpy', 'dtype', p.text('f8')), p.emptyTuple, p.build])],
    ['a datetime', call('datetime', 'datetime', bytes('\x07\xe8\x01\x02\x03\x04\x05\0\0\0'))],
    ['a device', call('torch', 'device', p.text('cuda'), p.int(0))],
    ['a dtype', p.global('torch', 'bfloat16')],
    ['a path', call('pathlib', 'PosixPath', p.text('/'), p.text('data'))],
    ['an enumeration', call('my.module', 'Colour', p.int(3))],
    ['a complex number', call('builtins', 'complex', p.int(1), p.int(2))],
    ['a set of protocol 2', call('builtins', 'set', Buffer.concat([p.list, p.mark, p.int(1), byte(0x65)]))],
    ['a set of protocol 4', Buffer.concat([byte(0x8f), p.mark, p.int(1), p.int(2), byte(0x90)])],
    ['a frozenset', Buffer.concat([p.mark, p.int(1), byte(0x91)])],
    [
      'a defaultdict',
      Buffer.concat([
        call('collections', 'defaultdict', p.global('builtins', 'list')),
        p.mark,
        p.text('a'),
        p.list,
        p.setItems,
      ]),
    ],
    [
      'a dict of its own class',
      Buffer.concat([
        p.global('omegaconf', 'DictConfig'),
        p.emptyTuple,
        byte(0x81),
        p.text('a'),
        p.int(1),
        p.setItem,
        pickledDict({ _content: p.dict }),
        p.build,
      ]),
    ],
    [
      'an object with keyword arguments',
      Buffer.concat([p.global('my', 'Callback'), p.emptyTuple, pickledDict({ a: p.int(1) }), byte(0x92)]),
    ],
    ['a list of its own class', Buffer.concat([object('my', 'List', p.dict), p.mark, p.int(1), byte(0x65)])],
    [
      'a partial function, called',
      Buffer.concat([call('functools', 'partial', p.global('my', 'f')), p.emptyTuple, p.reduce]),
    ],
    [
      'a dict with keys of all kinds',
      Buffer.concat([
        p.dict,
        p.mark,
        p.none,
        p.int(1),
        p.emptyTuple,
        p.int(2),
        p.int(7),
        p.int(3),
        call('my', 'Key'),
        p.int(4),
        p.setItems,
      ]),
    ],
    ['a long integer', Buffer.concat([byte(0x8b), Buffer.from([40, 0, 0, 0]), Buffer.alloc(40, 1)])],
    [
      'bytes of every length',
      Buffer.concat([
        bytes('abc'),
        byte(0x30),
        byte(0x42),
        Buffer.from([2, 0, 0, 0, 65, 66]),
        byte(0x30),
        byte(0x96),
        Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 65]),
      ]),
    ],
    [
      'a tuple in itself',
      Buffer.concat([
        p.list,
        Buffer.from('q\x01'),
        p.mark,
        Buffer.from('h\x01'),
        p.tuple,
        Buffer.from('q\x02'),
        byte(0x61),
        byte(0x30),
        Buffer.from('h\x02'),
      ]),
    ],
  ])('passes over %s beside the weights', async (_, value) => {
    const root = pickledDict({ before: value, model: pickledDict({ w: weight }), args: value });
    expect(await floats(await open(torchFile(pickle(root), { 0: four })), 'w')).toEqual([1, 2, 3, 4]);
  });

  it('says what a file holds instead of a state dict', async () => {
    await refuse(
      pickle(object('my.model', 'Transformer', p.dict)),
      /no state dict.*an object of my.model.Transformer/,
    );
  });

  it.each<[string, Buffer, RegExp]>([
    ['an opcode outside the list', pickle(Buffer.from('I1\n')), /opcode 0x49 at byte 2/],
    ['a call of something else', pickle(p.text('x'), p.emptyTuple, p.reduce), /not a function/],
    ['an object of no class', pickle(p.text('x'), p.emptyTuple, byte(0x81)), /not a class/],
    ['bytes longer than the file', pickle(byte(0x8e), Buffer.alloc(8, 0xff)), /ends in the middle/],
    [
      'a name twice',
      pickle(p.dict, p.mark, p.text('w'), weight, p.text('w'), weight, p.setItems),
      /key "w" twice/,
    ],
    [
      'a text longer than the file',
      pickle(Buffer.from('X\xff\xff\xff\xffabc', 'latin1')),
      /ends in the middle/,
    ],
    ['no end', Buffer.concat([p.proto(), p.dict]), /ends in the middle/],
    ['an end too early', pickle(p.dict, p.stop), /goes on after its end/],
    ['an empty stack', pickle(p.setItem), /empty stack/],
    ['a value kept under a MARK', pickle(p.dict, p.mark, p.setItem), /empty stack/],
    ['an unknown memo entry', pickle(Buffer.from('h\x05')), /value 5, which it never kept/],
    ['an unknown protocol', Buffer.concat([p.proto(9), p.stop]), /protocol 9/],
    ['too deep a nesting', pickle(Buffer.alloc(100_000, '(')), /nested deeper than 1000/],
    ['endless opcodes', pickle(Buffer.alloc(300_000, '}')), /stack of more than/],
    [
      'endless opcodes that leave nothing',
      pickle(p.dict, Buffer.alloc(2_000_002, 'Nq\x00'.slice(1))),
      /opcodes/,
    ],
    ['a state set on a number', pickle(p.int(1), p.dict, p.build), /state of something/],
  ])('is refused with %s', async (_, dataPkl, problem) => {
    await refuse(dataPkl, problem);
  });
});

describe('the ZIP', () => {
  const members: readonly ZipMember[] = [
    { name: 'model/data.pkl', data: plain },
    { name: 'model/data/0', data: four },
  ];
  const [first, second] = members as [ZipMember, ZipMember];

  it.each<[string, Buffer]>([
    ['without ZIP64 records', zip(members, { zip64End: false })],
    ['with a comment', zip(members, { comment: 'PK\x05\x06 hello' })],
    ['with 64-bit sizes in the directory', zip([first, { ...second, isWide: true }])],
    ['with sizes after the data', zip([first, { ...second, flags: 8, localSize: 0 }])],
    [
      'with a little-endian mark',
      zip([...members, { name: 'model/byteorder', data: Buffer.from('little') }]),
    ],
  ])('is read %s', async (_, bytes) => {
    expect(await floats(await open(bytes), 'w')).toEqual([1, 2, 3, 4]);
  });

  it.each<[string, Buffer, RegExp]>([
    ['a compressed member', zip([first, { ...second, method: 8 }]), /"model\/data\/0" is compressed/],
    ['an encrypted member', zip([first, { ...second, flags: 1 }]), /encrypted/],
    ['two members of one name', zip([first, second, second]), /"model\/data\/0" occurs twice/],
    ['a local header with another name', zip([first, { ...second, localName: 'model/data/1' }]), /disagrees/],
    ['a local header with another size', zip([first, { ...second, localSize: 12 }]), /disagrees/],
    [
      'two members at one place',
      zip([first, second, { ...second, name: 'model/data/1', localName: 'model/data/0', localOffset: 0 }]),
      /disagrees/,
    ],
    ['a member behind the end', zip([first, { ...second, localOffset: 1 << 20 }]), /outside the file/],
    ['a damaged pickle', zip([{ ...first, crc32: 1 }, second]), /does not match its checksum/],
    [
      'big-endian numbers',
      zip([...members, { name: 'model/byteorder', data: Buffer.from('big') }]),
      /not little-endian/,
    ],
    ['no pickle', zip([second]), /no PyTorch checkpoint/],
    ['two pickles', zip([...members, { name: 'other/data.pkl', data: plain }]), /no PyTorch checkpoint/],
    ['a program', zip([...members, { name: 'model/constants.pkl', data: plain }]), /TorchScript/],
    [
      'bytes before it',
      Buffer.concat([Buffer.from('#!/bin/sh'), zip(members, { zip64End: false })]),
      /not where the end record says/,
    ],
    ['bytes after it', Buffer.concat([zip(members), Buffer.from('x')]), /no directory/],
  ])('is refused with %s', async (_, bytes, problem) => {
    await expectRefusal(bytes, problem);
  });

  it('is refused when a member hides inside another', async () => {
    const hidden = zip([second]).subarray(0, 30 + second.name.length + four.length);
    const outer: ZipMember = { name: 'model/x', data: hidden };
    const offsetOfHidden = 30 + first.name.length + plain.length + 30 + outer.name.length;
    // According to the central directory, model/data/0 lies within the bytes of model/x.
    const bytes = zip([first, outer, { ...second, localOffset: offsetOfHidden }]);
    await expectRefusal(bytes, /overlaps another/);
  });
});
