import { GraphBuilder } from '../onnx/graph-builder';
import { PrecisionError } from './precision-error';
import { runtime } from '../../chosen-runtime';
import type { ExecutionOptions } from '../../runtime/runtime';
import { HostTensor } from '../../runtime/tensor';
import { sentence } from '../../protocol/sentence';

/**
 * Checks that a device computes in float16. Only a trial shows this: ONNX Runtime neither says so nor refuses the graph.
 * @param folder any folder: the graph has no weights
 * @throws PrecisionError when the device does not compute in float16
 */
export async function checkFloat16(folder: string, execution: ExecutionOptions): Promise<void> {
  const graph = new GraphBuilder('float16', folder);
  const half = graph.cast(graph.input('x', 'float32', [1]), 'float16');
  graph.output(graph.cast(graph.op('Add', [half, half]), 'float32'), 'y', 'float32', [1]);
  const session = await runtime.open(graph.build(), folder, execution);
  try {
    // One sentence below reports the failure.
    await session.run({ x: new HostTensor('float32', Float32Array.of(1), [1]) }, { isQuiet: true });
  } catch (cause) {
    throw new PrecisionError(
      sentence`The device of provider ${execution.provider} does not compute in float16 (a GPU needs shader-f16 for it); choose precision stored, int8 or int4.`,
      { cause },
    );
  } finally {
    await session.release();
  }
}
