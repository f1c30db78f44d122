import type { Tensor } from 'onnxruntime-node';
import { GraphBuilder } from '../onnx/graph-builder';

/**
 * Fetches logits that stayed on a device: `logits` [B, m, vocab] to `on_host`, the same. A tensor's own `getData` is not there
 * in Node.js, and a session whose outputs are fetched in one run and not in the next writes into those of the earlier run
 * (ONNX Runtime 1.30), so the transformer's session cannot do it.
 */
export function buildLogitsReaderGraph(vocab: number): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder('logits-reader', '');
  const dims = ['batch', 'm', vocab];
  graph.output(graph.input('logits', 'float32', dims), 'on_host', 'float32', dims);
  return graph.build();
}

/** Gives memory of the device back at once: the garbage collector does not see how much it is. Tensors in host memory are left alone. */
export function discardFromDevice(...tensors: readonly Tensor[]): void {
  for (const tensor of tensors) if (tensor.location === 'gpu-buffer') tensor.dispose();
}
