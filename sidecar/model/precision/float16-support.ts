import { openSession, type ExecutionOptions } from '../inference-session';
import { Tensor } from '../onnx-runtime';
import { GraphBuilder } from '../onnx/graph-builder';
import { PrecisionError } from './precision-error';

/**
 * Checks that a device computes in float16. Only a trial shows this: ONNX Runtime neither says so nor refuses the graph.
 * @param folder any folder: the graph has no weights
 * @throws PrecisionError when the device does not compute in float16
 */
export async function checkFloat16(folder: string, execution: ExecutionOptions): Promise<void> {
  const graph = new GraphBuilder('float16', folder);
  const half = graph.cast(graph.input('x', 'float32', [1]), 'float16');
  graph.output(graph.cast(graph.op('Add', [half, half]), 'float32'), 'y', 'float32', [1]);
  const session = await openSession(graph.build(), folder, execution);
  try {
    const quietly = { logSeverityLevel: 4 } as const; // one sentence below reports the failure
    await session.run({ x: new Tensor('float32', Float32Array.of(1), [1]) }, quietly);
  } catch (cause) {
    throw new PrecisionError(
      `The device of provider ${execution.provider} does not compute in float16 (a GPU needs shader-f16 for it); choose precision stored, int8 or int4.`,
      { cause },
    );
  } finally {
    await session.release();
  }
}
