import { crc32 } from '../files/crc32';
import { joined } from './joined-bytes';
import { runJson } from './run-json';
import type { RunRecord } from './run-record';

/** Types of numbers, as NumPy writes them: little-endian, signed integers and floats of 4 bytes; bytes. */
type Numbers = Int32Array | Float32Array | Uint8Array;

/** An array with its shape. */
interface NamedArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Numbers;
}

/**
 * A run as NumPy reads it with `numpy.load`. The arrays:
 *
 * | name | shape | |
 * |---|---|---|
 * | `tokens`, `step_of` | [rows, columns] int32 | -1 for cells without a token; steps count from 1 |
 * | `probability`, `entropy`, and further tracks | [rows, columns] float32 | 0 for cells without a token |
 * | `step_ms` | [steps] float32 | wall time of each step |
 * | `fed_step`, `fed_position`, `fed_token` | [inputs] int32 | what each step was fed; positions count from 0 after the prompt |
 * | `settings` | [bytes] uint8 | everything else as JSON in UTF-8 |
 */
export function npzOf(record: RunRecord): Uint8Array<ArrayBuffer> {
  const { height, width, tokens, stepOf, tracks, stepMs } = record.snapshot;
  const grid = [height, width];
  const fed = record.fed.flatMap((step, i) => step.map((input) => ({ ...input, step: i + 1 })));
  const column = (name: string, value: (input: (typeof fed)[number]) => number): NamedArray => ({
    name,
    shape: [fed.length],
    data: Int32Array.from(fed, value),
  });
  const settings = new TextEncoder().encode(JSON.stringify(runJson(record)));
  return zipped([
    { name: 'tokens', shape: grid, data: tokens },
    { name: 'step_of', shape: grid, data: stepOf },
    ...tracks.map(({ name, values }) => ({ name, shape: grid, data: values })),
    { name: 'step_ms', shape: [stepMs.length], data: stepMs },
    column('fed_step', ({ step }) => step),
    column('fed_position', ({ position }) => position),
    column('fed_token', ({ token }) => token),
    { name: 'settings', shape: [settings.length], data: settings },
  ]);
}

/** A file of NumPy's format 1.0 (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). */
function npy({ shape, data }: NamedArray): Uint8Array {
  const type = data instanceof Uint8Array ? '|u1' : data instanceof Float32Array ? '<f4' : '<i4';
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const start = 10;
  const padded = text.padEnd(Math.ceil((start + text.length + 1) / 64) * 64 - start - 1) + '\n';
  return joined([
    Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length & 0xff, padded.length >> 8),
    new TextEncoder().encode(padded),
    littleEndian(data),
  ]);
}

function littleEndian(data: Numbers): Uint8Array {
  if (data instanceof Uint8Array) return data;
  const view = new DataView(new ArrayBuffer(4 * data.length));
  data.forEach((value, i) => {
    if (data instanceof Float32Array) view.setFloat32(4 * i, value, true);
    else view.setInt32(4 * i, value, true);
  });
  return new Uint8Array(view.buffer);
}

/** A ZIP archive of the arrays, not compressed. Dates are not set: they would make equal runs different files. */
function zipped(arrays: readonly NamedArray[]): Uint8Array<ArrayBuffer> {
  const files: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const array of arrays) {
    const bytes = npy(array);
    const name = new TextEncoder().encode(`${array.name}.npy`);
    // Version needed, flags (UTF-8), method, time, date, checksum, sizes, length of the name, no extra field.
    const common = [
      ...[u16(20), u16(0x800), u16(0), u16(0), u16(0x21), u32(crc32(bytes))],
      ...[u32(bytes.length), u32(bytes.length), u16(name.length), u16(0)],
    ];
    const file = joined([u32(0x04034b50), ...common, name, bytes]);
    files.push(file);
    // Made by, then as above; no comment, disk 0, no attributes, where the file begins.
    directory.push(
      joined([u32(0x02014b50), u16(20), ...common, u16(0), u16(0), u16(0), u32(0), u32(offset), name]),
    );
    offset += file.length;
  }
  const listed = joined(directory);
  const count = u16(arrays.length);
  const end = joined([
    u32(0x06054b50),
    u16(0),
    u16(0),
    count,
    count,
    u32(listed.length),
    u32(offset),
    u16(0),
  ]);
  return joined([...files, listed, end]);
}

function u32(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value, true);
  return new Uint8Array(view.buffer);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >> 8);
}
