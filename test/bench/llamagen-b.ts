/**
 * LlamaGen-B at 16x16 on the CPU, from a checkpoint of noise in the published format: how long it takes to open, what
 * memory it needs, and how long a step is. A process of its own is measured, so that its peak is of nothing else.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildVersions } from '../../sidecar/build-versions';
import { Engine, type Run } from '../../sidecar/engine/engine';
import { transformerShapes, TRANSFORMER_SIZES } from '../checkpoints/llamagen-shapes';
import { randomTensors } from '../checkpoints/random-tensors';
import { writeTorchCheckpoint } from '../checkpoints/write-torch-checkpoint';

/** Windows that are measured; 16 is raster order. */
const WINDOWS = [16, 4];
const MAX_OPEN_MS = 3000;

/** What the measured process says, as JSON. */
interface Figures {
  readonly openMs: number;
  /** Processor time of all threads while the model is opened: what other programs on the machine do not change. */
  readonly openCpuMs: number;
  /** Bytes. */
  readonly peak: number;
  readonly runs: readonly {
    readonly window: number;
    readonly steps: number;
    readonly decodeMs: number;
    readonly medianStepMs: number;
  }[];
}

async function measure(checkpoint: string): Promise<Figures> {
  const engine = new Engine({
    worker: path.resolve('dist/inference-worker.js'),
    proof: path.resolve('dist/provider-proof.js'),
    models: path.resolve('sidecar/models'),
  });
  const runs: Run[] = [];
  const before = process.cpuUsage();
  let openCpuMs = NaN;
  for (const window of WINDOWS) {
    const ended = new Promise<Run>((resolve) => engine.events.once('ended', resolve));
    const condition = { kind: 'class', label: 207 } as const;
    await engine.start({ model: checkpoint, condition, window, seed: 7, provider: 'cpu', tokensOnly: true });
    if (runs.length === 0) {
      const { user, system } = process.cpuUsage(before);
      openCpuMs = (user + system) / 1000;
    }
    runs.push(await ended);
  }
  await engine.close();
  return {
    openMs: runs[0]?.timings.loadMs ?? NaN,
    openCpuMs,
    peak: process.resourceUsage().maxRSS * 1024,
    runs: runs.map(({ trace, timings }, i) => ({
      window: WINDOWS[i] ?? NaN,
      steps: trace.steps,
      decodeMs: timings.decodeMs,
      medianStepMs: [...trace.stepMs].sort((a, b) => a - b)[trace.steps >> 1] ?? NaN,
    })),
  };
}

async function makeAndMeasure(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'zipar-bench-'));
  try {
    const checkpoint = path.join(folder, 'c2i_B_256.pt');
    await writeTorchCheckpoint(checkpoint, randomTensors(transformerShapes(TRANSFORMER_SIZES.B), 7));
    const { size } = await stat(checkpoint);
    const { stdout, status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), checkpoint], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (status !== 0) throw new Error('The measured process failed.');
    print(JSON.parse(stdout) as Figures, size);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function print({ openMs, openCpuMs, peak, runs }: Figures, weights: number): void {
  const { version, onnxruntime, node } = buildVersions();
  const maxPeak = 1.5 * weights + 300e6;
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  const verdict = (isMet: boolean): string => (isMet ? 'met' : 'missed');
  console.log(
    `\nLlamaGen-B, 16x16, class-conditional with guidance, ${megabytes(weights)} of float32 in a .pt file; ` +
      `ZipAR Studio ${version}, ONNX Runtime ${onnxruntime}, Node ${node}; ${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores.\n`,
  );
  console.log('| what | figure | goal | |');
  console.log('|---|---|---|---|');
  console.log(
    `| open | ${(openMs / 1000).toFixed(2)} s, ${(openCpuMs / 1000).toFixed(2)} s of processor time | <= ${MAX_OPEN_MS / 1000} s | ${verdict(openMs <= MAX_OPEN_MS)} |`,
  );
  console.log(
    `| peak memory | ${megabytes(peak)} | <= ${megabytes(maxPeak)} (1.5 x weights + 300 MB) | ${verdict(peak <= maxPeak)} |`,
  );
  for (const { window, steps, decodeMs, medianStepMs } of runs) {
    const label = window === 16 ? 'raster' : `window ${window}`;
    console.log(
      `| ${label}: ${steps} steps in ${(decodeMs / 1000).toFixed(1)} s | ${medianStepMs.toFixed(0)} ms a step (median) | | |`,
    );
  }
}

const checkpoint = process.argv[2];
if (checkpoint === undefined) await makeAndMeasure();
else console.log(JSON.stringify(await measure(checkpoint)));
