import { tmpdir } from 'node:os';
import { GraphBuilder } from '../model/onnx/graph-builder';
import type { BlockBits } from '../model/precision/block-quantization';
import { blockProduct } from '../model/precision/block-product';
import type { ProductSize, ProductTimes } from './product-times';
import { runtime } from '../chosen-runtime';
import type { Program } from '../runtime/runtime';
import { HostTensor } from '../runtime/tensor';

/**
 * The number of rows of a product. A step of ZipAR has about this number of tokens, if the window is a quarter of the width.
 */
const ROWS = 8;
const WARM_UPS = 3;
const REPEATS = 25;
/**
 * The largest number of weights in the measured matrix. A larger matrix is measured with fewer rows. The comparison stays the
 * same.
 */
const MOST_WEIGHTS = 1 << 25;

/**
 * Measures products with packed weights of 8 and of 4 bits, many times in turn. It returns the shortest time of each, because
 * other programs on the machine affect the shortest time least.
 */
export async function measureProducts({ inner, out, threads }: ProductSize): Promise<ProductTimes> {
  const rows = Math.max(1, Math.min(out, Math.floor(MOST_WEIGHTS / inner)));
  const open = (bits: BlockBits): Promise<Program> => {
    const graph = new GraphBuilder('product', tmpdir());
    const product = blockProduct(graph, { inner, out: rows, bits })(
      graph.input('x', 'float32', [ROWS, inner]),
    );
    graph.output(product, 'y', 'float32', [ROWS, rows]);
    return runtime.open(graph.build(), tmpdir(), { provider: 'cpu', threads });
  };
  const [int8, int4] = [await open(8), await open(4)];
  const x = new HostTensor('float32', new Float32Array(ROWS * inner).fill(1), [ROWS, inner]);
  const runMs = async (session: Program): Promise<number> => {
    const start = performance.now();
    await session.run({ x });
    return performance.now() - start;
  };
  const fastest = { int8: Infinity, int4: Infinity };
  for (let i = 0; i < WARM_UPS + REPEATS; i++) {
    const [ms8, ms4] = [await runMs(int8), await runMs(int4)];
    if (i < WARM_UPS) continue;
    fastest.int8 = Math.min(fastest.int8, ms8);
    fastest.int4 = Math.min(fastest.int4, ms4);
  }
  return fastest;
}
