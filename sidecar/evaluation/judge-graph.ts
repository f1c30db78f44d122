import type { Checkpoint } from '../model/checkpoint';
import { GraphBuilder } from '../model/onnx/graph-builder';
import type { JudgeDescription } from './judge-description';

/**
 * Builds the judge as an ONNX graph over its weights in place. Pixels are folded into channels. 3x3 convolutions with ReLU
 * follow, some with max pooling after them. A hidden layer gives the features. A linear head gives the scores of all
 * attributes.
 *
 * Input: `pixels` float [1, 3, S, S], -1..1. Outputs: `features` float [1, F] and `scores` float [1, all classes].
 */
export function buildJudgeGraph(
  judge: JudgeDescription,
  checkpoint: Checkpoint,
  folder: string,
): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder('judge', folder);
  const { side, fold } = judge;
  const weight = (name: string, shape: readonly number[]) =>
    graph.weight(name, checkpoint.tensor(name, shape));

  const pixels = graph.input('pixels', 'float32', [1, 3, side, side]);
  // Folds channel-major, like PyTorch's pixel_unshuffle. ONNX's SpaceToDepth orders the channels the other way round.
  const blocks = graph.op('Reshape', [pixels, graph.int64([1, 3, side / fold, fold, side / fold, fold])]);
  const folded = graph.op('Transpose', [blocks], { perm: [0, 1, 3, 5, 2, 4] });
  let x = graph.op('Reshape', [folded, graph.int64([1, 3 * fold * fold, side / fold, side / fold])]);
  let resolution = side / fold;
  for (const [i, [from, to]] of judge.convolutions.entries()) {
    const name = `convolutions.${i}`;
    x = graph.op('Conv', [x, weight(`${name}.weight`, [to, from, 3, 3]), weight(`${name}.bias`, [to])], {
      kernel_shape: [3, 3],
      pads: [1, 1, 1, 1],
    });
    x = graph.op('Relu', [x]);
    if (!judge.maxPoolAfter.includes(i)) continue;
    x = graph.op('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] });
    resolution /= 2;
  }
  const flat = (judge.convolutions.at(-1)?.[1] ?? 0) * resolution * resolution;
  const linear = (input: typeof x, name: string, from: number, to: number) =>
    graph.op('Gemm', [input, weight(`${name}.weight`, [to, from]), weight(`${name}.bias`, [to])], {
      transB: 1,
    });
  const features = graph.op('Relu', [
    linear(graph.op('Reshape', [x, graph.int64([1, flat])]), 'hidden', flat, judge.features),
  ]);
  const classes = judge.attributes.reduce((sum, attribute) => sum + attribute.classes.length, 0);
  graph.output(features, 'features', 'float32', [1, judge.features]);
  graph.output(linear(features, 'heads', judge.features, classes), 'scores', 'float32', [1, classes]);
  return graph.build();
}
