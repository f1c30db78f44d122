/** What the program relies on of its runtime, with graphs of a few nodes on the CPU. */
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { runtime } from '../../../sidecar/chosen-runtime';
import { GraphBuilder } from '../../../sidecar/model/onnx/graph-builder';
import type { Program } from '../../../sidecar/runtime/runtime';
import { HostTensor, type Tensor } from '../../../sidecar/runtime/tensor';

const CPU = { provider: 'cpu', threads: 1 } as const;

/** A program that puts out `y`, twice its input `x` [2]. */
async function doubling(): Promise<Program> {
  const graph = new GraphBuilder('double', tmpdir());
  const x = graph.input('x', 'float32', [2]);
  graph.output(graph.op('Add', [x, x]), 'y', 'float32', [2]);
  return runtime.open(graph.build(), tmpdir(), CPU);
}

describe('a program', () => {
  it('reads a tensor’s array in place, each time with what the array holds by then', async () => {
    const program = await doubling();
    expect(program.inputNames).toEqual(['x']);
    const x = new HostTensor('float32', Float32Array.of(1, 2), [2]);
    expect((await program.run({ x })).y?.data).toEqual(Float32Array.of(2, 4));
    x.data[1] = 5;
    expect((await program.run({ x })).y?.data).toEqual(Float32Array.of(2, 10));
    await program.release();
  });

  it('takes what another one put out', async () => {
    const [first, second] = [await doubling(), await doubling()];
    const { y } = await first.run({ x: new HostTensor('float32', Float32Array.of(1, 2), [2]) });
    if (!y) throw new Error('The graph put out nothing.');
    expect([y.dims, y.isOnDevice]).toEqual([[2], false]);
    expect((await second.run({ x: y })).y?.data).toEqual(Float32Array.of(4, 8));
    await Promise.all([first.release(), second.release()]);
  });

  it('fails when an input is missing, or is of another runtime', async () => {
    const program = await doubling();
    await expect(program.run({})).rejects.toThrow(/x/);
    const foreign: Tensor = {
      dims: [2],
      isOnDevice: true,
      data: new Float32Array(2),
      dispose: () => undefined,
    };
    await expect(program.run({ x: foreign })).rejects.toThrow('Another runtime made this tensor.');
    await program.release();
  });
});

describe('the runtime', () => {
  it('has the CPU, whose outputs come back to the host', () => {
    expect(runtime.providers()).toContain('cpu');
    expect([runtime.keepsOutputs('cpu'), runtime.keepsOutputs('webgpu')]).toEqual([false, true]);
    expect(runtime.version()).toMatch(/^\d+\.\d+/);
  });

  it('refuses bytes that are no graph', async () => {
    await expect(runtime.open(new Uint8Array(8), tmpdir(), CPU)).rejects.toThrow();
  });
});

it('a tensor has as many numbers as its dimensions say', () => {
  expect(() => new HostTensor('float32', new Float32Array(5), [2, 3])).toThrow('has 6 numbers, not 5');
});
