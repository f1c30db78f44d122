import { crc32 } from '../../../sidecar/files/crc32';
import { u16, u32, u64 } from '../../checkpoints/little-endian';

/** Pickle opcodes with their arguments, as `torch.save` writes them: enough to write a checkpoint in a test. */
export const p = {
  proto: (version = 2) => Buffer.from([0x80, version]),
  stop: Buffer.from('.'),
  mark: Buffer.from('('),
  none: Buffer.from('N'),
  false: Buffer.from([0x89]),
  dict: Buffer.from('}'),
  list: Buffer.from(']'),
  emptyTuple: Buffer.from(')'),
  tuple: Buffer.from('t'),
  reduce: Buffer.from('R'),
  build: Buffer.from('b'),
  persistentId: Buffer.from('Q'),
  setItem: Buffer.from('s'),
  setItems: Buffer.from('u'),
  text: (text: string) => Buffer.concat([Buffer.from('X'), u32(Buffer.byteLength(text)), Buffer.from(text)]),
  int: (value: number) =>
    value >= -(2 ** 31) && value < 2 ** 31 ? Buffer.concat([Buffer.from('J'), u32(value)]) : long(value),
  global: (module: string, name: string) => Buffer.from(`c${module}\n${name}\n`),
};

function long(value: number): Buffer {
  const digits = Buffer.alloc(8);
  digits.writeBigInt64LE(BigInt(value));
  return Buffer.concat([Buffer.from([0x8a, 8]), digits]);
}

export interface PickledTensor {
  readonly storageType?: string;
  readonly key: string;
  readonly elements: number;
  readonly storageOffset?: number;
  readonly shape: readonly number[];
  readonly strides?: readonly number[];
}

export function pickledTensor(tensor: PickledTensor): Buffer {
  const ints = (values: readonly number[]) => Buffer.concat([p.mark, ...values.map(p.int), p.tuple]);
  return Buffer.concat([
    p.global('torch._utils', '_rebuild_tensor_v2'),
    p.mark,
    ...[
      p.mark,
      p.text('storage'),
      p.global('torch', tensor.storageType ?? 'FloatStorage'),
      p.text(tensor.key),
      p.text('cpu'),
    ],
    ...[p.int(tensor.elements), p.tuple, p.persistentId],
    p.int(tensor.storageOffset ?? 0),
    ints(tensor.shape),
    ints(tensor.strides ?? rowMajor(tensor.shape)),
    ...[p.false, p.global('collections', 'OrderedDict'), p.emptyTuple, p.reduce],
    ...[p.tuple, p.reduce],
  ]);
}

function rowMajor(shape: readonly number[]): number[] {
  return shape.map((_, i) => shape.slice(i + 1).reduce((product, size) => product * size, 1));
}

export function pickledDict(entries: Readonly<Record<string, Buffer>>): Buffer {
  const items = Object.entries(entries).flatMap(([key, value]) => [p.text(key), value]);
  return Buffer.concat([p.dict, p.mark, ...items, p.setItems]);
}

export function pickle(...parts: readonly Buffer[]): Buffer {
  return Buffer.concat([p.proto(), ...parts, p.stop]);
}

export interface ZipMember {
  readonly name: string;
  readonly data: Buffer;
  /** A false name for the local header. */
  readonly localName?: string;
  readonly localSize?: number;
  readonly method?: number;
  readonly flags?: number;
  readonly crc32?: number;
  /** Replaces the offset of the local header in the central directory. */
  readonly localOffset?: number;
  /** Whether to write sizes and offset of the central header as ZIP64 extra. */
  readonly isWide?: boolean;
}

/** Makes a ZIP file of stored members. `zip64End` adds the ZIP64 end record and locator, as torch does. */
export function zip(members: readonly ZipMember[], { zip64End = true, comment = '' } = {}): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const local = localHeader(member);
    centrals.push(centralHeader(member, member.localOffset ?? offset));
    locals.push(local, member.data);
    offset += local.length + member.data.length;
  }
  const directory = Buffer.concat(centrals);
  const wide = zip64End ? zip64Records(members.length, directory.length, offset) : Buffer.alloc(0);
  const end = Buffer.concat([
    ...[u32(0x06054b50), u16(0), u16(0), u16(members.length), u16(members.length)],
    ...[u32(directory.length), u32(offset), u16(comment.length), Buffer.from(comment)],
  ]);
  return Buffer.concat([...locals, directory, wide, end]);
}

function localHeader({
  name,
  data,
  localName = name,
  localSize = data.length,
  method = 0,
  flags = 0,
  crc32: crc = crc32(data),
}: ZipMember): Buffer {
  const nameBytes = Buffer.from(localName);
  return Buffer.concat([
    ...[u32(0x04034b50), u16(0), u16(flags), u16(method), u32(0), u32(crc), u32(localSize), u32(localSize)],
    ...[u16(nameBytes.length), u16(0), nameBytes],
  ]);
}

function centralHeader(
  { name, data, method = 0, flags = 0, isWide = false, crc32: crc = crc32(data) }: ZipMember,
  offset: number,
): Buffer {
  const nameBytes = Buffer.from(name);
  const size = isWide ? u32(0xffffffff) : u32(data.length);
  const extra = isWide
    ? Buffer.concat([u16(1), u16(24), u64(data.length), u64(data.length), u64(offset)])
    : Buffer.alloc(0);
  return Buffer.concat([
    ...[u32(0x02014b50), u16(0), u16(0), u16(flags), u16(method), u32(0), u32(crc), size, size],
    ...[u16(nameBytes.length), u16(extra.length), u16(0), u16(0), u16(0), u32(0)],
    ...[isWide ? u32(0xffffffff) : u32(offset), nameBytes, extra],
  ]);
}

function zip64Records(entries: number, size: number, offset: number): Buffer {
  return Buffer.concat([
    ...[
      u32(0x06064b50),
      u64(44),
      u16(0),
      u16(45),
      u32(0),
      u32(0),
      u64(entries),
      u64(entries),
      u64(size),
      u64(offset),
    ],
    ...[u32(0x07064b50), u32(0), u64(offset + size), u32(1)],
  ]);
}

/** Makes a checkpoint with this pickle and these storages. */
export function torchFile(
  dataPkl: Buffer,
  storages: Readonly<Record<string, Buffer>>,
  more: readonly ZipMember[] = [],
): Buffer {
  return zip([
    { name: 'model/data.pkl', data: dataPkl },
    ...Object.entries(storages).map(([key, data]) => ({ name: `model/data/${key}`, data })),
    { name: 'model/version', data: Buffer.from('3\n') },
    ...more,
  ]);
}
