import { open } from 'node:fs/promises';
import type { NamedShape } from './llamagen-shapes';

/**
 * Writes a safetensors file of zeros that takes no room on the disk: a header and a hole. Computing with zeros takes as long as
 * computing with other numbers.
 */
export async function writeSparseSafetensors(file: string, shapes: readonly NamedShape[]): Promise<void> {
  let offset = 0;
  const header: Record<string, unknown> = {};
  for (const [name, shape] of shapes) {
    const bytes = 4 * shape.reduce((product, length) => product * length, 1);
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const handle = await open(file, 'w');
  try {
    await handle.write(Buffer.concat([length, json]));
    await handle.truncate(8 + json.length + offset);
  } finally {
    await handle.close();
  }
}
