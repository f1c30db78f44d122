import type { WeightSource } from '../checkpoint';
import type { GraphBuilder, Value } from '../onnx/graph-builder';
import { blockedShapes, BLOCK_SIZE, scalesName, zeroPointsName, type BlockBits } from './block-quantization';

/** y [n, out] = x [n, inner] times the transposed matrix [out, inner] with the name `name`. */
export interface LinearLayerNode {
  readonly x: Value;
  readonly name: string;
  readonly out: number;
  readonly inner: number;
}

/** Writes a linear layer into a graph, in the form in which its weights lie in the checkpoint. */
export type LinearLayer = (graph: GraphBuilder, checkpoint: WeightSource, node: LinearLayerNode) => Value;

/** Weights in a floating-point type, computed with in float32. */
export const float32Layer: LinearLayer = (graph, checkpoint, { x, name, out, inner }) =>
  graph.op('Gemm', [x, graph.weight(name, checkpoint.tensor(name, [out, inner]))], { transB: 1 });

/** Weights in float16, computed with in float16. A GPU needs `shader-f16` for this. */
export const float16Layer: LinearLayer = (graph, checkpoint, { x, name, out, inner }) => {
  const weights = graph.stored(name, checkpoint.tensor(name, [out, inner]));
  return graph.cast(graph.op('Gemm', [graph.cast(x, 'float16'), weights], { transB: 1 }), 'float32');
};

/**
 * Activations in 8 bits, with a scale for each block. With 8-bit weights, this is the only way in which ONNX Runtime's CPU
 * provider does not unpack the whole matrix in every pass.
 * With 4-bit weights, it is two to four times faster than float32 activations. Its error is a fifteenth of the weights' own
 * (docs/performance.md).
 */
const INT8_ACTIVATIONS = 4;

/** Weights in blocks of 4 or 8 bits, as `quantizeRows` makes them; the `bits` of a matrix may depend on its name. */
export function blockLayer(bitsOf: (name: string) => BlockBits): LinearLayer {
  return (graph, checkpoint, { x, name, out, inner }) => {
    const bits = bitsOf(name);
    const shapes = blockedShapes(out, inner, bits);
    const codes = graph.stored(name, checkpoint.tensor(name, shapes.codes));
    const scales = graph.stored(scalesName(name), checkpoint.tensor(scalesName(name), shapes.scales));
    const zeroPoints = graph.stored(
      zeroPointsName(name),
      checkpoint.tensor(zeroPointsName(name), shapes.zeroPoints),
    );
    return blockNode(graph, [x, codes, scales, zeroPoints], { inner, out, bits });
  };
}

/** The product itself. @param inputs x, codes, scales, zero points */
export function blockNode(
  graph: GraphBuilder,
  inputs: readonly [Value, Value, Value, Value],
  { inner, out, bits }: { readonly inner: number; readonly out: number; readonly bits: BlockBits },
): Value {
  return graph.op('com.microsoft:MatMulNBits', inputs, {
    K: inner,
    N: out,
    bits,
    block_size: BLOCK_SIZE,
    accuracy_level: INT8_ACTIVATIONS,
  });
}
