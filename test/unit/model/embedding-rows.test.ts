import { truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../sidecar/model/onnx/graph-builder';
import type { TensorLocation } from '../../../sidecar/model/weights/tensor-location';
import { temporaryFolder } from '../weights/temporary-folder';
import { runtime } from '../../../sidecar/chosen-runtime';
import { HostTensor } from '../../../sidecar/runtime/tensor';

const { path: folder } = temporaryFolder();

/** The rows `ids` of a table, read by a graph on the CPU. */
async function rowsOf(table: TensorLocation, ids: readonly number[]): Promise<number[]> {
  const graph = new GraphBuilder('rows', folder);
  const indices = graph.input('ids', 'int64', ['n']);
  graph.output(graph.rows('table', table, indices), 'rows', 'float32', ['n', table.shape[1] ?? NaN]);
  const session = await runtime.open(graph.build(), folder, { provider: 'cpu', threads: 1 });
  const { rows } = await session.run({
    ids: new HostTensor('int64', BigInt64Array.from(ids, BigInt), [ids.length]),
  });
  await session.release();
  return Array.from(rows?.data as Float32Array);
}

describe('rows of a table in a weight file', () => {
  it.each([
    ['F32', new Float32Array([0, 1, -2, 3, 0.5, -6])],
    ['F16', new Uint16Array([0, 0x3c00, 0xc000, 0x4200, 0x3800, 0xc600])],
    ['BF16', new Uint16Array([0, 0x3f80, 0xc000, 0x4040, 0x3f00, 0xc0c0])],
  ] as const)(
    'are numbers in float32, whether they are stored as %s or another type',
    async (dtype, data) => {
      const file = path.join(folder, `table.${dtype}`);
      writeFileSync(file, new Uint8Array(data.buffer));
      const table = { file, dtype, shape: [3, 2], offset: 0, byteLength: data.byteLength };
      expect(await rowsOf(table, [2, 0])).toEqual([0.5, -6, 0, 1]);
    },
  );

  it('do not need the memory of the whole table, which has 256 MB of bfloat16 here', async () => {
    const [rows, width] = [1 << 17, 1 << 10];
    const file = path.join(folder, 'large-table');
    const byteLength = 2 * rows * width;
    writeFileSync(file, '');
    truncateSync(file, byteLength); // a hole, which takes no room on the disk
    const before = process.resourceUsage().maxRSS;
    const table = { file, dtype: 'BF16', shape: [rows, width], offset: 0, byteLength } as const;
    expect(await rowsOf(table, [0, rows - 1])).toEqual(new Array(2 * width).fill(0));
    const kilobytesMore = process.resourceUsage().maxRSS - before;
    expect(kilobytesMore).toBeLessThan(100 * 1024);
  });
});
