/**
 * Measures what `--lookahead auto` saves: the plain decoder and the same decoder with `auto` make the same pictures in turn, in
 * one process. The embedded model has its own confirmations. LlamaGen-B has weights of noise, whose drafts are never right.
 * A second part therefore drafts true tokens, as often as drafts of the embedded model are right.
 *
 * Prints a table, and writes the figures to the file that is named.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { median } from '../../sidecar/benchmark/spread';
import type { ConfiguredDecoder, DecodedStep } from '../../sidecar/decoding/decoder';
import { chooseDecoding, configureDecoder } from '../../sidecar/decoding/decoder-table';
import type { Forward } from '../../sidecar/decoding/forward';
import { decodeLookahead } from '../../sidecar/decoding/lookahead/decode-lookahead';
import type { Drafter } from '../../sidecar/decoding/lookahead/drafts';
import { AUTO, lookaheadReach } from '../../sidecar/decoding/lookahead/lookahead-steps';
import { uniformAt } from '../../sidecar/decoding/noise';
import { decodeZipar } from '../../sidecar/decoding/zipar/decode-zipar';
import { LoadedModel } from '../../sidecar/engine/loaded-model';
import { planRun } from '../../sidecar/engine/run-plan';
import { Providers } from '../../sidecar/engine/providers';
import { readModelFolder } from '../../sidecar/model/model-folder';
import type { Condition, WeightPrecision } from '../../sidecar/protocol';
import { transformerShapes, TRANSFORMER_SIZES } from '../checkpoints/llamagen-shapes';
import { randomTensors } from '../checkpoints/random-tensors';
import { writeTorchCheckpoint } from '../checkpoints/write-torch-checkpoint';
import { lookaheadTimesTable, type LookaheadTime } from '../docs/lookahead-times';
import { EMBEDDED } from '../fixtures/embedded-model';
import { CONFIRMED } from './confirmed-drafts';

const ROUNDS = Number(process.env.ZIPAR_BENCH_ROUNDS ?? 3);
const PROVIDERS = Providers.ofThisMachine('');
const SCHEDULE = { firstRow: 'windowed', standIn: 'nearest' } as const;

interface Measured {
  readonly model: string;
  readonly file: string;
  /** The window beside raster order. */
  readonly window: number;
  readonly precision: WeightPrecision;
  readonly condition: Condition;
  /** Share of drafts that are made right; undefined: the decoder's own drafts. */
  readonly confirmed?: number;
}

async function timed(
  steps: AsyncIterable<DecodedStep>,
): Promise<{ ms: number; steps: number; tokens: number[] }> {
  const tokens: number[] = [];
  const start = performance.now();
  let count = 0;
  for await (const { decisions, step } of steps) {
    count = step;
    for (const { position, token } of decisions) tokens[position] = token;
  }
  return { ms: performance.now() - start, steps: count, tokens };
}

/** The decoder with `--lookahead auto`, as the product runs it. */
function chooseLookahead(forward: Forward, window: number): ConfiguredDecoder {
  const { grid } = forward.layout;
  const isRaster = window === grid.width;
  const settings = { lookahead: AUTO, ...(!isRaster && { window }) };
  return configureDecoder(
    chooseDecoding(isRaster ? 'raster' : 'zipar', settings, { grid, modelWindow: window }),
  );
}

/** Drafts true tokens with a probability. */
function draftsRight(probability: number, tokens: readonly number[], seed: number): Drafter {
  let draw = 0;
  return (cell) => (uniformAt(seed, draw++, 9) < probability ? (tokens[cell] ?? 0) : 0);
}

const rows: LookaheadTime[] = [];

async function measure({
  model: name,
  file,
  window: usual,
  precision,
  condition,
  confirmed,
}: Measured): Promise<void> {
  const folder = await readModelFolder(file);
  const width = folder.grid[1];
  let model: LoadedModel | undefined;
  for (const window of [width, usual]) {
    const ratios: number[] = [];
    let [plainSteps, autoSteps, plainMs, autoMs] = [0, 0, 0, 0];
    // The first round warms up: memory is planned, and costs are learnt.
    for (let round = 0; round <= ROUNDS; round++) {
      const request = { condition, seed: round, provider: 'cpu', precision, tokensOnly: true } as const;
      const { job } = await planRun(request, folder, PROVIDERS);
      model ??= new LoadedModel(folder, job.execution);
      const { input } = await model.preparePrompt(job.prompt);
      const options = { ...SCHEDULE, ...job.sampling, window };
      const plain = await timed(
        decodeZipar(await model.forward(input, job.guidance), { ...options, rowStart: 'fixed' }),
      );
      const forward = await model.forward(input, job.guidance);
      const auto = await timed(
        confirmed === undefined
          ? chooseLookahead(forward, window).decode(forward, job.sampling)
          : decodeLookahead(forward, {
              ...options,
              ...lookaheadReach(
                { grid: forward.layout.grid, window, firstRow: 'windowed' },
                AUTO,
                forward.costs,
              ),
              drafter: draftsRight(confirmed, plain.tokens, round),
            }),
      );
      // Packed weights round each step by what else it is fed, so tokens may differ (docs/lookahead.md).
      if (precision === 'stored' && auto.tokens.join() !== plain.tokens.join())
        throw new Error('The pictures differ.');
      if (round === 0) continue;
      ratios.push(auto.ms / plain.ms);
      plainSteps += plain.steps;
      autoSteps += auto.steps;
      plainMs += plain.ms;
      autoMs += auto.ms;
    }
    rows.push({
      ...{ model: name, precision, decoder: window === width ? 'raster order' : `ZipAR ${window}` },
      confirmed: confirmed ?? null,
      steps: [plainSteps / ROUNDS, autoSteps / ROUNDS],
      ms: [plainMs / ROUNDS, autoMs / ROUNDS],
      ratio: median(ratios),
    });
  }
  await model?.release();
}

const [out] = process.argv.slice(2);
await measure({
  ...{ model: EMBEDDED.name, file: EMBEDDED.folder, window: EMBEDDED.window, precision: 'stored' },
  condition: { kind: 'prompt', prompt: 'a lake at dusk with a red sun and clouds' },
});
const folder = await mkdtemp(path.join(tmpdir(), 'zipar-bench-'));
try {
  const file = path.join(folder, 'c2i_B_256.pt');
  await writeTorchCheckpoint(file, randomTensors(transformerShapes(TRANSFORMER_SIZES.B), 7));
  const large = {
    ...{ model: 'LlamaGen-B of noise', file, window: 9 },
    condition: { kind: 'class', label: 3 },
  } as const;
  await measure({ ...large, precision: 'stored', confirmed: CONFIRMED });
  await measure({ ...large, precision: 'stored' });
  await measure({ ...large, precision: 'int4', confirmed: CONFIRMED });
  await measure({ ...large, precision: 'int4' });
} finally {
  await rm(folder, { recursive: true });
}
const times = { pictures: ROUNDS, rows };
console.log(lookaheadTimesTable(times));
if (out !== undefined) await writeFile(out, `${JSON.stringify(times, undefined, 2)}\n`);
