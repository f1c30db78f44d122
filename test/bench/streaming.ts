/**
 * Measures what watching a run costs. The same runs take turns without a client and with a client that gets snapshots and
 * previews. As a control of the noise, runs without a client are compared with one another.
 */
import { cpus } from 'node:os';
import path from 'node:path';
import { WebSocket } from 'ws';
import { median } from '../../sidecar/benchmark/spread';
import { buildVersions } from '../../sidecar/build-versions';
import { Engine } from '../../sidecar/engine/engine';
import type { Run } from '../../sidecar/engine/run';
import { SUBPROTOCOL, tokenSubprotocol, type GenerateRequest } from '../../sidecar/protocol';
import { serveEngine } from '../../sidecar/server/sidecar-server';
import { SHIPPED_MODELS } from '../fixtures/embedded-model';

const PAIRS = 2 * Number(process.env.ZIPAR_BENCH_ROUNDS ?? 9);
const REQUEST: GenerateRequest = {
  condition: { kind: 'prompt', prompt: 'mountains at dusk' },
  seed: 7,
  provider: 'cpu',
  decoder: 'raster',
};

const engine = new Engine({
  worker: path.resolve('dist/inference-worker.js'),
  files: path.resolve('dist/file-worker.js'),
  pictures: path.resolve('dist/picture-program.js'),
  proof: path.resolve('dist/provider-proof.js'),
  models: SHIPPED_MODELS,
});

/** Decoding time of a run without a client, in ms. */
async function decodeUnwatched(): Promise<number> {
  const ended = new Promise<Run>((resolve) => engine.events.once('ended', resolve));
  await engine.start(REQUEST);
  const run = await ended;
  if (run.state !== 'complete') throw new Error(run.error?.message ?? `the run ended as ${run.state}`);
  return run.timings.decodeMs;
}

/** Decoding time of a run that a client requests and watches over the socket, in ms. */
async function decodeWatched(port: number, token: string): Promise<number> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, [SUBPROTOCOL, tokenSubprotocol(token)]);
  await new Promise((resolve) => socket.once('message', resolve));
  const ended = new Promise<Run>((resolve) => engine.events.once('ended', resolve));
  socket.send(JSON.stringify({ type: 'generate', id: 1, request: { ...REQUEST, previewEveryMs: 250 } }));
  const { decodeMs } = (await ended).timings;
  socket.terminate();
  return decodeMs;
}

const { version, onnxruntime, node } = buildVersions();
console.log(
  `\nZipAR Studio ${version}, ONNX Runtime ${onnxruntime}, Node ${node}; ${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores.`,
);
const sidecar = await serveEngine(engine, () => undefined);
const watched: number[] = [];
const control: number[] = [];
await decodeUnwatched();
for (let pair = 0; pair < PAIRS; pair++) {
  const off = await decodeUnwatched();
  watched.push((await decodeWatched(sidecar.port, sidecar.token)) / off);
  control.push((await decodeUnwatched()) / off);
}
await sidecar.close();
const percent = (ratios: readonly number[]): string => `${((median(ratios) - 1) * 100).toFixed(1)} %`;
console.log(
  `Streaming to one client costs ${percent(watched)} of the decoding time (median of ${PAIRS} pairs; goal <= 2 %). ` +
    `Control, nobody watching either time: ${percent(control)}.`,
);
