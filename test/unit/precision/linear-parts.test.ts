import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runtime } from '../../../sidecar/chosen-runtime';
import { Checkpoint } from '../../../sidecar/model/checkpoint';
import { GraphBuilder } from '../../../sidecar/model/onnx/graph-builder';
import {
  blockedShapes,
  quantizeRows,
  scalesName,
  zeroPointsName,
  type BlockBits,
} from '../../../sidecar/model/precision/block-quantization';
import { blockLayer, float32Layer, type LinearLayer } from '../../../sidecar/model/precision/linear-layer';
import { inParts, rowBytes } from '../../../sidecar/model/precision/linear-parts';
import type { TensorLocation } from '../../../sidecar/model/weights/tensor-location';
import { HostTensor } from '../../../sidecar/runtime/tensor';
import { RandomTensors } from '../../families/random-tensors';
import { numbersOf, type Tensors } from '../../families/tensors';
import { temporaryFolder } from '../weights/temporary-folder';
import { writeSafetensors } from '../weights/write-safetensors';

const { path: folder } = temporaryFolder();
const [OUT, INNER] = [37, 96];
const MATRIX = { name: 'layer.weight', out: OUT, inner: INNER };

function randomMatrix(dtype: 'BF16' | 'F32'): Tensors {
  const random = new RandomTensors(5, dtype);
  random.matrix(MATRIX.name, OUT, INNER);
  return random.tensors;
}

/** The random matrix, packed. */
function packed(bits: BlockBits): Tensors {
  const numbers = numbersOf(
    randomMatrix('F32').get(MATRIX.name) ?? { dtype: 'F32', shape: [], data: Buffer.of() },
  );
  const { codes, scales, zeroPoints } = quantizeRows(numbers, INNER, bits);
  const shapes = blockedShapes(OUT, INNER, bits);
  const bytes = ({ buffer }: Uint8Array | Float32Array): Buffer => Buffer.from(buffer as ArrayBuffer);
  return new Map([
    [MATRIX.name, { dtype: 'U8', shape: shapes.codes, data: bytes(codes) }],
    [scalesName(MATRIX.name), { dtype: 'F32', shape: shapes.scales, data: bytes(scales) }],
    [zeroPointsName(MATRIX.name), { dtype: 'U8', shape: shapes.zeroPoints, data: bytes(zeroPoints) }],
  ]);
}

/** Products of three rows with the matrix, and the places of the tensors that the graph asked for. */
async function products(
  tensors: Tensors,
  layer: LinearLayer,
): Promise<{ numbers: number[]; asked: TensorLocation[] }> {
  const file = path.join(folder, 'weights.safetensors');
  writeFileSync(file, writeSafetensors(tensors));
  const checkpoint = await Checkpoint.openPacked(file);
  const asked: TensorLocation[] = [];
  const graph = new GraphBuilder('parts', folder);
  const x = graph.input('x', 'float32', [3, INNER]);
  const source = {
    file: checkpoint.file,
    folder: checkpoint.folder,
    rows: () => OUT,
    tensor: (name: string, shape: readonly number[]) => checkpoint.tensor(name, shape),
  };
  const recorded: typeof graph = graph;
  const stored = graph.stored.bind(graph);
  recorded.stored = (name, location) => {
    asked.push(location);
    return stored(name, location);
  };
  graph.output(layer(recorded, source, { x, ...MATRIX }), 'y', 'float32', [3, OUT]);
  const session = await runtime.open(graph.build(), folder, { provider: 'cpu', threads: 1 });
  const rows = Float32Array.from({ length: 3 * INNER }, (_, i) => Math.sin(i));
  const { y } = await session.run({ x: new HostTensor('float32', rows, [3, INNER]) });
  await session.release();
  return { numbers: Array.from(y?.data as Float32Array), asked };
}

describe('a matrix in parts', () => {
  it.each([
    ['float32', 'stored', randomMatrix('F32'), float32Layer],
    ['bfloat16', 'stored', randomMatrix('BF16'), float32Layer],
    ['8 bits', 'int8', packed(8), blockLayer(() => 8)],
    ['4 bits', 'int4', packed(4), blockLayer(() => 4)],
  ] as const)('has the products of the whole matrix: %s', async (_, precision, tensors, layer) => {
    const whole = await products(tensors, layer);
    const bytesOf = (inner: number): number => rowBytes(precision, inner);
    const most = 10 * bytesOf(INNER) + 1;
    const parts = await products(tensors, inParts(layer, most, bytesOf));
    for (const [i, value] of parts.numbers.entries()) expect(value).toBeCloseTo(whole.numbers[i] ?? NaN, 5);
    expect(parts.numbers).toHaveLength(3 * OUT);
    // 37 rows in parts of 10, 10, 10 and 7.
    expect(parts.asked).toHaveLength(4 * whole.asked.length);
    const width = precision === 'stored' ? { F32: 1, BF16: 2 }[tensors.get(MATRIX.name)?.dtype as 'F32'] : 1;
    for (const { byteLength } of parts.asked) expect(byteLength * width).toBeLessThanOrEqual(most);
  });

  it('of a size that fits stays whole', async () => {
    const layer = inParts(float32Layer, 4 * OUT * INNER, (inner) => rowBytes('stored', inner));
    expect((await products(randomMatrix('F32'), layer)).asked).toHaveLength(1);
  });
});
