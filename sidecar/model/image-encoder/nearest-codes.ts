import { valueOf, type Image } from '../image-decoder/image-bands';
import type { ImageTokenizerShape } from '../image-decoder/decoder-shape';
import type { GraphBuilder, Value } from '../onnx/graph-builder';

/**
 * Index of the nearest code of each cell; of several, the first.
 * @param codebook [codebookSize, codebookDim]
 * @param latent the cells' vectors, [1, codebookDim, H, W]
 * @returns int64 [1, H*W]
 */
export function nearestCodes(
  graph: GraphBuilder,
  codebook: Value,
  { codebookDim, hasUnitCodes }: Pick<ImageTokenizerShape, 'codebookDim' | 'hasUnitCodes'>,
  latent: Image,
): Value {
  const unit = (value: Value): Value =>
    hasUnitCodes ? graph.op('LpNormalization', [value], { axis: -1, p: 2 }) : value;
  const cells = graph.op('Reshape', [
    graph.op('Transpose', [valueOf(latent)], { perm: [0, 2, 3, 1] }),
    graph.int64([1, latent.height * latent.width, codebookDim]),
  ]);
  const codes = unit(codebook);
  // |z - e|^2 is smallest where z.e - |e|^2 / 2 is greatest. Codes of length 1 need the product only.
  const products = graph.op('MatMul', [unit(cells), graph.op('Transpose', [codes], { perm: [1, 0] })]);
  const scores = hasUnitCodes ? products : graph.op('Sub', [products, halfSquares(graph, codes)]);
  return graph.op('ArgMax', [scores], { axis: -1, keepdims: 0 });
}

/** Half the square of each code's length. @param codes [codes, codebookDim] @returns [codes] */
function halfSquares(graph: GraphBuilder, codes: Value): Value {
  const squares = graph.op('ReduceSum', [graph.op('Mul', [codes, codes]), graph.int64([1])], { keepdims: 0 });
  return graph.op('Mul', [squares, graph.float32(Float32Array.of(0.5), [])]);
}
