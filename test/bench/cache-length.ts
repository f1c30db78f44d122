/**
 * Measures how the time of a step grows with the number of keys and values. The model is LlamaGen-B with random weights,
 * without guidance. Each measured step has one token. It stands at the end of pictures of 64 to 8192 tokens, and at the same
 * places inside the largest picture. For comparison it measures the time to read the keys and values at the speed of copies: a
 * step must not grow faster.
 *
 * Prints a table, and writes the figures to the file that is named.
 */
import { link, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { median } from '../../sidecar/benchmark/spread';
import { MANIFEST_FILE } from '../../sidecar/model/manifest-file';
import { writeSafetensors } from '../../sidecar/model/weights/write-safetensors';
import { transformerShapes, TRANSFORMER_SIZES } from '../checkpoints/llamagen-shapes';
import { randomTensors } from '../checkpoints/random-tensors';
import { tellTables } from '../docs/figure-table';
import { ziparBench } from './zipar-bench';

const ROUNDS = Number(process.env.ZIPAR_BENCH_ROUNDS ?? 3);
const GRIDS = [
  [8, 8],
  [16, 16],
  [32, 32],
  [64, 64],
  [128, 64],
] as const;
const LENGTHS = GRIDS.map(([height, width]) => height * width);
const { layers, dim } = TRANSFORMER_SIZES.B;
/** Bytes of a token's keys and values, in float32. */
const BYTES_A_TOKEN = 2 * layers * dim * 4;

async function makeModel(folder: string, grid: readonly [number, number], weights: string): Promise<string> {
  const model = path.join(folder, grid.join('x'));
  await mkdir(model);
  await link(weights, path.join(model, 'model.safetensors'));
  const manifest = {
    ...{
      format: 'zipar-model',
      version: 1,
      name: `LlamaGen-B of noise, ${grid.join('x')}`,
      family: 'llamagen',
    },
    ...{ grid, condition: { kind: 'class', classes: 1000 } },
  };
  await writeFile(path.join(model, MANIFEST_FILE), JSON.stringify(manifest));
  return model;
}

const folder = await mkdtemp(path.join(tmpdir(), 'zipar-bench-'));
try {
  const weights = path.join(folder, 'noise.safetensors');
  await writeSafetensors(weights, randomTensors(transformerShapes(TRANSFORMER_SIZES.B), 7));
  const models = await Promise.all(GRIDS.map((grid) => makeModel(folder, grid, weights)));
  const own = LENGTHS.map((): number[] => []);
  const inLargest = LENGTHS.map((): number[] => []);
  const bandwidths: number[] = [];
  // The cases take turns, so that other work on the machine affects all of them alike.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, model] of models.entries()) {
      const isLargest = i === models.length - 1;
      const lengths = isLargest ? LENGTHS : [LENGTHS[i] ?? 0];
      const { report } = ziparBench(
        [
          ...['--model', model, '--cfg', '1', '--windows', 'none', '--tokens', 'none'],
          ...['--lengths', lengths.join(','), '--rounds', '1', '--provider', 'cpu', '--precision', 'stored'],
        ],
        folder,
      );
      for (const { cache, copyBandwidth } of report.results) {
        own[i]?.push(cache.at(-1)?.ms.median ?? NaN);
        bandwidths.push(copyBandwidth.median);
        if (isLargest) for (const [j, { ms }] of cache.entries()) inLargest[j]?.push(ms.median);
      }
    }
  }
  const bandwidth = median(bandwidths);
  const [shortest = NaN, ...longer] = own.map(median);
  const readMs = (tokens: number): number => ((tokens * BYTES_A_TOKEN) / bandwidth) * 1000;
  console.log(
    `\nLlamaGen-B of noise, no guidance, ${ROUNDS} rounds, medians; copies at ${(bandwidth / 1e9).toFixed(1)} GB/s.`,
  );
  const rows = [shortest, ...longer].map((ms, i) => {
    const more = ms - shortest;
    const needed = readMs((LENGTHS[i] ?? 0) - (LENGTHS[0] ?? 0));
    return [
      ...[String(LENGTHS[i]), ms.toFixed(1), i === 0 ? '' : more.toFixed(1)],
      ...(i === 0 ? ['', ''] : [needed.toFixed(1), (more / needed).toFixed(1)]),
      median(inLargest[i] ?? []).toFixed(1),
    ];
  });
  const heads = [
    ...['tokens before the step', 'ms in a picture of as many tokens', 'more than the shortest'],
    ...['ms to read the additional keys and values', 'times as much', 'ms in the largest picture'],
  ];
  await tellTables({ cache: { heads, rows } }, process.argv[2]);
} finally {
  await rm(folder, { recursive: true });
}
