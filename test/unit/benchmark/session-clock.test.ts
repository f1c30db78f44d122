import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { SessionClock } from '../../../sidecar/benchmark/session-clock';
import { GraphBuilder } from '../../../sidecar/model/onnx/graph-builder';
import { runtime } from '../../../sidecar/chosen-runtime';
import { HostTensor } from '../../../sidecar/runtime/tensor';

it('adds up the time inside a session, which computes and fails as before', async () => {
  const graph = new GraphBuilder('double', tmpdir());
  const x = graph.input('x', 'float32', [2]);
  graph.output(graph.op('Add', [x, x]), 'y', 'float32', [2]);
  const session = await runtime.open(graph.build(), tmpdir(), { provider: 'cpu', threads: 1 });
  const clock = new SessionClock();
  clock.watch(session);
  expect(clock.ms).toBe(0);

  const { y } = await session.run({ x: new HostTensor('float32', Float32Array.of(1, 2), [2]) });
  expect(y?.data).toEqual(Float32Array.of(2, 4));
  const once = clock.ms;
  expect(once).toBeGreaterThan(0);

  await expect(session.run({})).rejects.toThrow();
  expect(clock.ms).toBeGreaterThan(once);
  await session.release();
});
