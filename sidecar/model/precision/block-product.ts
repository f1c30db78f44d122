import type { GraphBuilder, Value } from '../onnx/graph-builder';
import { blockNode } from './linear-layer';
import { blockedShapes, type BlockBits } from './block-quantization';

/** A matrix [out, inner] in blocks. Only its size matters. */
export interface BlockMatrix {
  readonly inner: number;
  readonly out: number;
  readonly bits: BlockBits;
}

/**
 * Writes such a matrix into a graph, for measuring: its values change no time.
 * @returns a function that multiplies x [n, inner] by it
 */
export function blockProduct(graph: GraphBuilder, { inner, out, bits }: BlockMatrix): (x: Value) => Value {
  const shapes = blockedShapes(out, inner, bits);
  const bytes = (shape: readonly number[]): Uint8Array => new Uint8Array(shape.reduce((a, b) => a * b, 1));
  const codes = graph.uint8(bytes(shapes.codes).fill(0x11), shapes.codes);
  const scales = graph.float32(
    new Float32Array(shapes.scales[0] * shapes.scales[1]).fill(1 / inner),
    shapes.scales,
  );
  const zeroPoints = graph.uint8(bytes(shapes.zeroPoints), shapes.zeroPoints);
  return (x) => blockNode(graph, [x, codes, scales, zeroPoints], { inner, out, bits });
}
