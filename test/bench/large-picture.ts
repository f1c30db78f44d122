/**
 * Measures what a picture of 90x90 tokens takes. It counts the memory of the sidecar and its helper processes, and the bytes on
 * the way to a page. The model is the one that ships, on a larger grid. `npm run bench -- large-picture`.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { WebSocket } from 'ws';
import { decodeFrame, SUBPROTOCOL, tokenSubprotocol } from '../../sidecar/protocol';
import { largeGridModel } from '../e2e/large-grid-model';
import { PeakMemory } from './process-memory';

const SIDE = 90;
const MB = 1e6;

const model = largeGridModel(SIDE);
const child = fork(path.resolve('dist/sidecar.js'), [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
const [{ port, token }] = (await once(child, 'message')) as [{ port: number; token: string }];
const socket = new WebSocket(`ws://127.0.0.1:${port}`, [SUBPROTOCOL, tokenSubprotocol(token)]);
await once(socket, 'message');

const memory = new PeakMemory(child.pid ?? 0);
const bytesBySecond = new Map<number, number>();
let snapshots = 0;
let pictures = 0;
const ended = new Promise<{ state: string; steps: number }>((resolve) => {
  socket.on('message', (data, isBinary) => {
    const bytes = data as Buffer;
    const second = Math.floor(performance.now() / 1000);
    bytesBySecond.set(second, (bytesBySecond.get(second) ?? 0) + bytes.length);
    if (!isBinary) {
      const message = JSON.parse(bytes.toString()) as { type: string; state: string; steps: number };
      if (message.type === 'run-ended') resolve(message);
      return;
    }
    const frame = decodeFrame(bytes);
    if (frame.kind === 'picture') pictures += bytes.length;
    if (frame.kind !== 'snapshot' && frame.kind !== 'changes') return;
    snapshots += bytes.length;
    const { runId, step } = frame.kind === 'snapshot' ? frame.snapshot : frame.changes;
    socket.send(JSON.stringify({ type: 'holding', id: 2, runId, step, edition: frame.edition }));
  });
});
const start = performance.now();
const request = {
  model,
  condition: { kind: 'prompt', prompt: 'mountains at dusk' },
  decoder: 'zipar',
  decoderSettings: { window: 6 },
  seed: 7,
  provider: 'cpu',
  previewEveryMs: 250,
};
socket.send(JSON.stringify({ type: 'generate', id: 1, request }));
const { state, steps } = await ended;
const seconds = (performance.now() - start) / 1000;
memory.stop();
socket.terminate();
child.kill();
rmSync(model, { recursive: true, force: true });
const most = Math.max(...bytesBySecond.values());
console.log(
  `A picture of ${SIDE}x${SIDE} tokens: ${state} after ${steps} steps in ${seconds.toFixed(0)} s. Memory at most ${Math.round(memory.total / MB)} MB (goal <= 300): ${memory.parts.map((bytes) => Math.round(bytes / MB)).join(' + ')} MB. With what both processes share counted once: ${Math.round(memory.shared / MB)} MB.`,
);
console.log(
  `On the wire: ${(snapshots / MB / seconds).toFixed(3)} MB/s of steps (goal <= 0.5), ${(pictures / MB).toFixed(1)} MB of pictures, ${(most / MB).toFixed(2)} MB in the fullest second.`,
);
