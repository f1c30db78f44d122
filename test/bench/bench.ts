/**
 * `npm run bench`: what a picture costs. Figures of one run are comparable with one another; between runs, and between
 * machines, only the ratios are.
 */
import { cpus } from 'node:os';
import path from 'node:path';
import { WebSocket } from 'ws';
import { buildVersions } from '../../sidecar/build-versions';
import { Engine, type Run } from '../../sidecar/engine/engine';
import { SUBPROTOCOL, tokenSubprotocol, type GenerateRequest } from '../../sidecar/protocol';
import { serveEngine } from '../../sidecar/server/sidecar-server';

const ROUNDS = Number(process.env.ZIPAR_BENCH_ROUNDS ?? 9);
const PROMPT = 'mountains at dusk';

const engine = new Engine({
  worker: path.resolve('dist/inference-worker.js'),
  proof: path.resolve('dist/provider-proof.js'),
  models: path.resolve('sidecar/models'),
});

async function decodeOnce(request: Partial<GenerateRequest>): Promise<Run> {
  const ended = new Promise<Run>((resolve) => engine.events.once('ended', resolve));
  await engine.start({ condition: { kind: 'prompt', prompt: PROMPT }, seed: 7, provider: 'cpu', ...request });
  const run = await ended;
  if (run.state !== 'complete') throw new Error(run.error?.message ?? `the run ended as ${run.state}`);
  return run;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** Raster order against ZipAR at several windows: rounds go through all of them in turn, so that noise hits all alike. */
async function windows(): Promise<void> {
  const { width, height } = (await decodeOnce({ decoder: 'raster' })).plan.grid;
  const choices = [
    ...new Set([width, Math.round(width / 2), Math.round(width / 4), Math.round(width / 8), 1]),
  ];
  const runs = new Map<number, Run[]>(choices.map((window) => [window, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const window of choices) runs.get(window)?.push(await decodeOnce({ decoder: 'zipar', window }));
  }
  const decodeMs = (window: number): number =>
    median((runs.get(window) ?? []).map((run) => run.timings.decodeMs));
  const rasterMs = decodeMs(width);
  const rasterSteps = width * height;
  console.log(
    `\n| window | passes | decode ms | image ms | ms a pass | speed-up | fewer passes | speed-up / fewer passes |`,
  );
  console.log('|---|---|---|---|---|---|---|---|');
  for (const [window, list] of runs) {
    const steps = list[0]?.trace.steps ?? NaN;
    const ms = decodeMs(window);
    const speedUp = rasterMs / ms;
    const fewer = rasterSteps / steps;
    const imageMs = median(list.map((run) => run.timings.imageMs));
    const label = window === width ? `${window} (raster)` : String(window);
    const cells = [
      label,
      steps,
      ms.toFixed(0),
      imageMs.toFixed(0),
      (ms / steps).toFixed(2),
      `${speedUp.toFixed(2)}x`,
      `${fewer.toFixed(2)}x`,
      (speedUp / fewer).toFixed(2),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

/**
 * The same runs with nobody watching and with a client that gets snapshots and previews, in turn; and, as a control of
 * the noise, runs with nobody watching against one another.
 */
async function streaming(): Promise<void> {
  const sidecar = await serveEngine(engine, () => undefined);
  const watched: number[] = [];
  const control: number[] = [];
  for (let round = 0; round < 2 * ROUNDS; round++) {
    const off = (await decodeOnce({ decoder: 'raster' })).timings.decodeMs;
    watched.push((await decodeWatched(sidecar.port, sidecar.token)) / off);
    control.push((await decodeOnce({ decoder: 'raster' })).timings.decodeMs / off);
  }
  await sidecar.close();
  const percent = (ratios: readonly number[]): string => `${((median(ratios) - 1) * 100).toFixed(1)} %`;
  console.log(
    `\nStreaming to one client costs ${percent(watched)} of the decoding time (median of ${watched.length} pairs; goal <= 2 %). ` +
      `Control, nobody watching either time: ${percent(control)}.`,
  );
}

/** Decoding time of a run asked for and watched over the socket, ms. */
async function decodeWatched(port: number, token: string): Promise<number> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, [SUBPROTOCOL, tokenSubprotocol(token)]);
  await new Promise((resolve) => socket.once('message', resolve));
  const ended = new Promise<Run>((resolve) => engine.events.once('ended', resolve));
  const condition = { kind: 'prompt', prompt: PROMPT } as const;
  const request: GenerateRequest = {
    condition,
    seed: 7,
    provider: 'cpu',
    decoder: 'raster',
    previewEveryMs: 250,
  };
  socket.send(JSON.stringify({ type: 'generate', id: 1, request }));
  const { decodeMs } = (await ended).timings;
  socket.terminate();
  return decodeMs;
}

const { version, onnxruntime, node } = buildVersions();
console.log(
  `ZipAR Studio ${version}, ONNX Runtime ${onnxruntime}, Node ${node}; ${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores; ${ROUNDS} rounds, medians.`,
);
await windows();
await streaming();
