import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Trace } from '../../../sidecar/decoding/trace';
import { Run } from '../../../sidecar/engine/run';
import { decodeFrame } from '../../../sidecar/protocol';
import { SnapshotStream } from '../../../sidecar/server/snapshot-stream';
import { planOf } from '../engine/engine-of-fakes';

/** A socket that finishes a frame only when the test says so. */
class SlowSocket {
  readonly sent: number[] = [];
  private done: (() => void)[] = [];

  send(data: Uint8Array, onSent: () => void): void {
    const frame = decodeFrame(data);
    if (frame.kind === 'snapshot') this.sent.push(frame.snapshot.step);
    this.done.push(onSent);
  }

  drain(): void {
    const through = this.done;
    this.done = [];
    for (const onSent of through) onSent();
  }
}

function setUp() {
  const socket = new SlowSocket();
  const trace = new Trace({ height: 3, width: 4 }, 12);
  const run = new Run(1, planOf());
  run.trace = trace;
  const stream = new SnapshotStream(socket, run);
  const step = (): void => {
    const n = trace.steps + 1;
    const decision = { position: n - 1, token: n, probability: 0.5, entropy: 1, margin: 1 };
    trace.record({ step: n, decisions: [decision], events: [], leastSteps: 12, inputs: [] }, 2);
    stream.update();
  };
  return { socket, trace, stream, step };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the snapshot stream', () => {
  it('sends each step to a client that keeps up', () => {
    const { socket, step } = setUp();
    for (let i = 0; i < 3; i++) {
      step();
      socket.drain();
      vi.advanceTimersByTime(40);
    }
    expect(socket.sent).toEqual([1, 2, 3]);
  });

  it('sends thirty a second at most, and the newest when the next is due', () => {
    const { socket, step } = setUp();
    for (let i = 0; i < 10; i++) {
      step();
      socket.drain();
      vi.advanceTimersByTime(5);
    }
    expect(socket.sent).toEqual([1, 7]);
    vi.advanceTimersByTime(40);
    expect(socket.sent).toEqual([1, 7, 10]);
  });

  it('lets the latest win when the client is slow, and loses nothing of the trace', () => {
    const { socket, step, trace } = setUp();
    for (let i = 0; i < 5; i++) step();
    vi.advanceTimersByTime(1000);
    expect(socket.sent).toEqual([1]); // one frame is being sent, and none is queued
    socket.drain();
    expect(socket.sent).toEqual([1, 5]);
    socket.drain();
    expect(socket.sent).toEqual([1, 5]);
    expect([...trace.tokens.slice(0, 5)]).toEqual([1, 2, 3, 4, 5]);
  });

  it('flushes the newest state before the end is reported, even while a frame is being sent', () => {
    const { socket, step, stream } = setUp();
    step();
    step();
    stream.flush();
    expect(socket.sent).toEqual([1, 2]);
    stream.flush();
    expect(socket.sent).toEqual([1, 2]);
  });

  it('sends the state again to a client that asks to watch', () => {
    const { socket, step, stream } = setUp();
    step();
    socket.drain();
    stream.hydrate();
    expect(socket.sent).toEqual([1, 1]);
  });
});
