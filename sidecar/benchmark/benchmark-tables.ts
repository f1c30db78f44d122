import { memorySize } from '../engine/memory-size';
import {
  configurationName,
  type BenchmarkReport,
  type BenchmarkResult,
  type PictureFigures,
  type StepFigures,
} from './benchmark-report';
import type { EarlierFile } from './read-benchmark';
import { compareBenchmarks, whyIncomparable, type Regression } from './regression';
import type { Spread } from './spread';

/**
 * How many times the floor a picture may take. In a model that fits into a processor's caches, a step is very short. Most
 * of its time is the overhead of operators, which read nothing and compute very little.
 */
const MOST_OVER_FLOOR = { small: 4, large: 1.6 };
/** Most bytes that a step reads in a model that fits into the caches. */
const SMALL_BYTES = 32e6;
/** Share of the time that may be spent outside the model. */
const MOST_OUTSIDE = 0.05;

/** The report in Markdown. */
export function benchmarkTables(report: BenchmarkReport): string {
  const { results } = report;
  const sections = [
    heading(report),
    summaryTable(results),
    stepTable(results, 'ms a step by tokens in it', ({ ms }) => timed(ms)),
    stepTable(results, 'times the floor by tokens in a step', ({ timeOverFloor }) =>
      withQuartiles(timeOverFloor, 2),
    ),
    ...(results.some(({ cache }) => cache.length > 0) ? [cacheTable(results)] : []),
    ...(results.some(({ pictures }) => pictures.length > 0) ? [pictureTable(results)] : []),
  ];
  return `${sections.join('\n\n')}\n`;
}

function heading({ model, rounds, versions, machine, load, measuredAt }: BenchmarkReport): string {
  const guided = model.guidance === 1 ? 'no guidance' : `guidance ${model.guidance}, so two halves a step`;
  return [
    `**${model.name}**: ${model.grid.join('x')} tokens, ${memorySize(model.weightBytes)} of weight files, ${guided}. ` +
      `${rounds} round${rounds === 1 ? '' : 's'}, medians; (quartiles).`,
    `ZipAR Studio ${versions.version}, ONNX Runtime ${versions.onnxruntime}, Node.js ${versions.node}; ` +
      `${machine.processor}, ${machine.threads} threads, ${memorySize(machine.memoryBytes)}, ${machine.platform}; ` +
      `load ${load[0]} before and ${load[1]} after; ${measuredAt.slice(0, 10)}.`,
  ].join('\n');
}

function summaryTable(results: readonly BenchmarkResult[]): string {
  return table(
    [
      'on',
      'load ms',
      'processor ms',
      'peak memory MB',
      'MB a step reads',
      'reads GB/s',
      'products Gop/s',
      'picture drawn ms',
    ],
    results.map((result) => {
      const { loadMs, loadCpuMs, peakBytes, readBandwidth, operationPeak, imageMs } = result;
      return [
        configurationName(result),
        withQuartiles(loadMs, 0),
        loadCpuMs.median.toFixed(0),
        (peakBytes.median / 1e6).toFixed(0),
        (result.bytesAStep / 1e6).toFixed(1),
        withQuartiles(scaled(readBandwidth, 1e-9), 1),
        withQuartiles(scaled(operationPeak, 1e-9), 0),
        imageMs ? withQuartiles(imageMs, 0) : 'no decoder',
      ];
    }),
  );
}

function stepTable(
  results: readonly BenchmarkResult[],
  title: string,
  cell: (step: StepFigures) => string,
): string {
  const counts = [...new Set(results.flatMap(({ steps }) => steps.map(({ tokens }) => tokens)))];
  return table(
    [title, ...counts.map(String)],
    results.map((result) => [
      configurationName(result),
      ...counts.map((count) => {
        const step = result.steps.find(({ tokens }) => tokens === count);
        return step ? cell(step) : '';
      }),
    ]),
  );
}

function cacheTable(results: readonly BenchmarkResult[]): string {
  const lengths = [...new Set(results.flatMap(({ cache }) => cache.map(({ length }) => length)))];
  return table(
    ['ms a step of 1 by tokens before it', ...lengths.map(String)],
    results.map((result) => [
      configurationName(result),
      ...lengths.map((wanted) => {
        const found = result.cache.find(({ length }) => length === wanted);
        return found ? timed(found.ms) : '';
      }),
    ]),
  );
}

function pictureTable(results: readonly BenchmarkResult[]): string {
  return table(
    [
      'on',
      'window',
      'steps',
      'decoding ms',
      'images a minute',
      'speed-up',
      'fewer steps',
      'floor ms',
      'time over floor',
      'outside the model',
    ],
    results.flatMap((result) => {
      const [raster] = result.pictures;
      return raster ? result.pictures.map((picture) => pictureRow(result, raster, picture)) : [];
    }),
  );
}

function pictureRow(result: BenchmarkResult, raster: PictureFigures, picture: PictureFigures): string[] {
  const { window, lookahead, steps, ms, imagesAMinute, floorMs, timeOverFloor, outsideShare } = picture;
  const goal = result.bytesAStep < SMALL_BYTES ? MOST_OVER_FLOOR.small : MOST_OVER_FLOOR.large;
  const isRaster = picture === raster;
  return [
    configurationName(result),
    `${window}${lookahead === undefined ? '' : `+${lookahead}`}${isRaster ? ' (raster)' : ''}`,
    String(steps),
    withQuartiles(ms, 0),
    imagesAMinute.toPrecision(3),
    `${(raster.ms.median / ms.median).toFixed(2)}x`,
    `${(raster.steps / steps).toFixed(2)}x`,
    withQuartiles(floorMs, 0),
    `${withQuartiles(timeOverFloor, 2)}${timeOverFloor.median > goal ? `, above ${goal}` : ''}`,
    `${percent(outsideShare.median)}${outsideShare.median > MOST_OUTSIDE ? `, above ${percent(MOST_OUTSIDE)}` : ''}`,
  ];
}

/**
 * Says how the comparison with earlier reports went: the result for the same machine and model, or why there is none.
 * @param named what the user named: a file or a folder
 */
export function describeComparison(
  report: BenchmarkReport,
  earlier: readonly EarlierFile[],
  named: string,
): string {
  const found = earlier.find(({ benchmark }) => whyIncomparable(benchmark, report) === undefined);
  if (!found) {
    const [only, ...more] = earlier;
    if (only && more.length === 0)
      return `Not compared with ${only.file}: ${whyIncomparable(only.benchmark, report) ?? ''}\n`;
    return `Not compared: ${named} holds no figures of this model on this machine with at least as many rounds as noise needs.\n`;
  }
  const { file, benchmark } = found;
  const { regressions, compared, copySpeed } = compareBenchmarks(benchmark, report);
  const slower = copySpeed.filter(({ ratio }) => ratio < 0.9 || ratio > 1 / 0.9);
  return [
    regressions.length === 0
      ? `No regression beyond noise in ${compared} figures against ${file} (version ${benchmark.versions.version}, ${benchmark.measuredAt.slice(0, 10)}).`
      : `${regressions.length} of ${compared} figures are worse beyond noise than in ${file} (version ${benchmark.versions.version}, ${benchmark.measuredAt.slice(0, 10)}):`,
    ...regressions.map(describeRegression),
    ...slower.map(
      ({ configuration, ratio }) =>
        `The machine itself differs: copies (${configuration}) run at ${percent(ratio)} of the speed they had then.`,
    ),
    '',
  ].join('\n');
}

function describeRegression({ configuration, figure, before, now }: Regression): string {
  const more = percent(now.median / before.median - 1);
  return `- ${configuration}: ${figure}: ${now.median.toPrecision(4)}, was ${before.median.toPrecision(4)} (${more} more)`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function timed(ms: Spread): string {
  return withQuartiles(ms, ms.median < 10 ? 2 : 1);
}

/** Formats a median and its quartiles: "12.3 (12.1–12.9)". */
function withQuartiles({ median, low, high }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}

function scaled({ median, low, high }: Spread, factor: number): Spread {
  return { median: median * factor, low: low * factor, high: high * factor };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(Math.abs(share) < 0.1 ? 1 : 0)} %`;
}
