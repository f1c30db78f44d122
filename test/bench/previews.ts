/**
 * Measures what previews cost. Runs with the default previews and without any take turns, for pictures of 128, 512 and 1024
 * pixels. It also measures how long a cancel takes while a requested picture is drawn, and while the finished one is.
 *
 * Prints a table, and writes the figures to the file that is named.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { median } from '../../sidecar/benchmark/spread';
import { Engine } from '../../sidecar/engine/engine';
import type { Run } from '../../sidecar/engine/run';
import type { GenerateRequest } from '../../sidecar/protocol';
import { TRANSFORMER_SIZES, type TransformerSize, type VqSize } from '../checkpoints/llamagen-shapes';
import { writeSlowPictureModel } from '../checkpoints/slow-picture-model';
import { tellTables } from '../docs/figure-table';
import { SHIPPED_MODELS } from '../fixtures/embedded-model';

const PAIRS = Number(process.env.ZIPAR_BENCH_ROUNDS ?? 5);
/** The extension's default interval. */
const PREVIEW_EVERY_MS = 250;
const QUICK_VQ_8 = { channels: 32, channelMultipliers: [1, 1, 1, 1], codebookSize: 1024 };
const VQ_16 = { codebookSize: 1024 };
/** Quick enough that a run in raster order earns previews even at 1024 pixels. */
const QUICK_VQ_16 = { channels: 32, channelMultipliers: [1, 1, 1, 1, 1], codebookSize: 1024 };
const SMALL: TransformerSize = { layers: 4, dim: 512, heads: 8, hidden: 1376, vocab: 1024 };
const LLAMAGEN_B: TransformerSize = { ...TRANSFORMER_SIZES.B, vocab: 1024 };

/** Pixels along each side of the picture, tokens along each side of the grid, and whether the run is in raster order. */
interface Case {
  readonly pixels: number;
  readonly side: number;
  readonly raster: boolean;
  readonly transformer: TransformerSize;
  readonly vq: VqSize;
  readonly name: string;
}
const QUICK = { raster: true, transformer: LLAMAGEN_B, name: 'LlamaGen-B, a quick decoder' };
const PUBLISHED = {
  ...{ raster: false, transformer: SMALL, vq: VQ_16 },
  name: 'small transformer, published decoder',
};
const CASES: readonly Case[] = [
  { pixels: 128, side: 16, ...QUICK, vq: QUICK_VQ_8 },
  { pixels: 512, side: 32, ...QUICK, vq: QUICK_VQ_16 },
  { pixels: 1024, side: 64, ...QUICK, vq: QUICK_VQ_16 },
  { pixels: 512, side: 32, ...PUBLISHED },
  { pixels: 1024, side: 64, ...PUBLISHED },
];

interface Measured {
  readonly decodeMs: number;
  readonly stepMs: number;
  readonly previews: number;
  /** Time from the cancel to the end of the run. */
  readonly cancelMs: number;
}

/**
 * Decodes to the end, or up to `asked` steps. It then asks for a picture, and cancels while the picture is drawn.
 * @param asked 0 = no cancel
 */
async function measure(engine: Engine, request: GenerateRequest, asked?: number): Promise<Measured> {
  let previews = 0;
  let cancelledAt = 0;
  const onPreview = (): void => {
    previews++;
  };
  const onStep = (run: Run): void => {
    if (asked === 0) return;
    if (asked !== undefined && run.trace.steps === 1) engine.picture(run, 1).catch(() => undefined);
    const last = asked ?? run.plan.steps.least;
    if (run.trace.steps !== last) return;
    // The end of the run is reported after its last step. Its picture is drawn in between.
    setTimeout(
      () => {
        cancelledAt = performance.now();
        engine.cancel(run.runId);
      },
      asked === undefined ? 50 : 0,
    );
  };
  engine.events.on('preview', onPreview);
  engine.events.on('step', onStep);
  const ended = new Promise<Run>((resolve) => engine.events.once('ended', resolve));
  await engine.start(request);
  const run = await ended;
  engine.events.off('preview', onPreview);
  engine.events.off('step', onStep);
  if (run.error) throw new Error(run.error.message);
  return {
    decodeMs: run.timings.decodeMs,
    stepMs: median([...run.trace.stepMs]),
    previews: run.state === 'complete' ? previews - 1 : previews,
    cancelMs: cancelledAt === 0 ? NaN : performance.now() - cancelledAt,
  };
}

console.log(`${PAIRS} pairs, medians; a preview every ${PREVIEW_EVERY_MS} ms at most.`);
const heads = [
  ...['pixels', 'model', 'decoding, s', 'a step, ms', 'previews drawn', 'added by previews'],
  ...['cancel of the last drawing, ms', 'a step beside a picture asked for, ms', 'cancel there, ms'],
];
const table: (string | number)[][] = [];
const folder = await mkdtemp(path.join(tmpdir(), 'zipar-bench-'));
const engine = new Engine({
  worker: path.resolve('dist/inference-worker.js'),
  files: path.resolve('dist/file-worker.js'),
  pictures: path.resolve('dist/picture-program.js'),
  proof: path.resolve('dist/provider-proof.js'),
  models: SHIPPED_MODELS,
});
try {
  for (const [index, { pixels, side, raster, transformer, vq, name }] of CASES.entries()) {
    const model = path.join(folder, String(index));
    await writeSlowPictureModel(model, side, transformer, vq);
    const request: GenerateRequest = {
      ...{ model, condition: { kind: 'class', label: 1 }, seed: 7, provider: 'cpu', guidance: 1 },
      ...(raster && { decoder: 'raster' }),
    };
    const ratios: number[] = [];
    const plain: Measured[] = [];
    const watched: Measured[] = [];
    const asked: Measured[] = [];
    // Only a picture that is drawn to its end is measured. The published decoder's pictures stay estimates.
    await measure(engine, request, raster ? 0 : undefined);
    for (let pair = 0; pair < PAIRS; pair++) {
      const off = await measure(engine, request);
      const on = await measure(engine, { ...request, previewEveryMs: PREVIEW_EVERY_MS });
      plain.push(off);
      watched.push(on);
      ratios.push(on.decodeMs / off.decodeMs);
      asked.push(await measure(engine, request, 40));
    }
    const of = (rows: readonly Measured[], key: keyof Measured): number =>
      median(rows.map((row) => row[key]));
    const cells = [
      ...[pixels, name, (of(plain, 'decodeMs') / 1000).toFixed(1), of(plain, 'stepMs').toFixed(0)],
      ...[of(watched, 'previews'), `${((median(ratios) - 1) * 100).toFixed(1)} %`],
      ...[of(plain, 'cancelMs').toFixed(0), of(asked, 'stepMs').toFixed(0), of(asked, 'cancelMs').toFixed(0)],
    ];
    table.push(cells);
  }
  await tellTables({ previews: { heads, rows: table } }, process.argv[2]);
} finally {
  await engine.close();
  await rm(folder, { recursive: true });
}
