import { GraphBuilder } from '../onnx/graph-builder';
import type { Tensor } from '../../runtime/tensor';

/**
 * Fetches logits that stayed on a device: copies `logits` [B, m, vocab] to `on_host`. The transformer's session cannot do
 * this, for two reasons. A tensor's own `getData` does not exist in Node.js.
 * If a session's outputs are fetched in one run and not in the next, the next run writes into the earlier outputs (ONNX
 * Runtime 1.30).
 */
export function buildLogitsReaderGraph(vocab: number): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder('logits-reader', '');
  const dims = ['batch', 'm', vocab];
  graph.output(graph.input('logits', 'float32', dims), 'on_host', 'float32', dims);
  return graph.build();
}

/**
 * Gives memory of the device back at once: the garbage collector does not see its size. Tensors in host memory are left
 * alone.
 */
export function discardFromDevice(...tensors: readonly Tensor[]): void {
  for (const tensor of tensors) if (tensor.isOnDevice) tensor.dispose();
}
