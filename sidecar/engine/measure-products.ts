import { tmpdir } from 'node:os';
import { GraphBuilder } from '../model/onnx/graph-builder';
import type { BlockBits } from '../model/precision/block-quantization';
import { blockProduct } from '../model/precision/block-product';
import type { ProductSize, ProductTimes } from './product-times';
import { runtime } from '../chosen-runtime';
import type { Program } from '../runtime/runtime';
import { HostTensor } from '../runtime/tensor';

/** Rows of a product: the tokens of a step with both halves, for a window of a quarter of a picture's width. */
const ROWS = 8;
const WARM_UPS = 3;
const REPEATS = 25;
/** Weights in the measured matrix at most. Larger matrices lose rows, which does not change the comparison. */
const MOST_WEIGHTS = 1 << 25;

/** Times products and returns the fastest of many taken in turn: other programs disturbed it least. */
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
