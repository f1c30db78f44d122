import { InvalidArgumentError, type Command } from 'commander';
import { BenchmarkError } from '../benchmark/benchmark-error';
import { configurationName } from '../benchmark/benchmark-report';
import { benchmarkTables, describeComparison } from '../benchmark/benchmark-tables';
import { runBenchmark, type BenchmarkPlan } from '../benchmark/benchmark';
import { MeasuringProcesses, serveMeasurement } from '../benchmark/measuring-process';
import { presentProviders } from '../benchmark/present-providers';
import { readBenchmarks } from '../benchmark/read-benchmark';
import { enginePaths } from '../engine-paths';
import { chooseExecution, type ExecutionChoice } from '../engine/execution-choice';
import { LoadedModel } from '../engine/loaded-model';
import { ModelLibrary } from '../engine/model-library';
import { Providers } from '../engine/providers';
import { RequestError } from '../engine/request-error';
import { checkGuidance } from '../engine/run-plan';
import { writeWholeFile } from '../files/write-whole-file';
import { transformerOf, type ModelFolder } from '../model/model-folder';
import { PRECISIONS, type Precision, type Provider } from '../protocol';
import { decimal, integer, providerOption } from './option-values';
import { checkOutputFile, writeNamed } from './output-file';
import { packingOnTerminal } from './packing-progress';
import { ProgressBar } from './progress-bar';
import { asUsageError, UsageError } from './usage-error';

interface BenchOptions {
  readonly model?: string;
  readonly provider: Provider | 'all';
  readonly precision: readonly Precision[];
  readonly threads?: number;
  readonly cfg?: number;
  readonly windows?: readonly number[];
  readonly lookahead: readonly number[];
  readonly tokens: readonly number[];
  readonly lengths: readonly number[];
  readonly rounds: number;
  readonly passes: number;
  readonly against?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Name of the hidden command that a measuring process runs. */
const MEASURE = 'measure';

/** Adds `zipar bench`: it measures what a model costs on this machine. */
export function addBenchCommand(zipar: Command): void {
  zipar
    .command('bench')
    .description('measure a model on this machine: loading, steps, pictures, memory')
    .option('--model <folder|file|name>', 'model folder, weight file, or name of a model that ships')
    .addOption(providerOption('all').default('all', 'each that a device serves'))
    .option('--precision <list>', "of the transformer's weights, such as stored,int8,int4", precisions, [
      'auto',
    ])
    .option('--threads <n>', 'of the CPU provider; chosen by size when absent', integer(1, 256))
    .option('--cfg <x>', 'classifier-free guidance scale; 1 = none', decimal)
    .option(
      '--windows <list>',
      'windows that pictures are made with, beside raster order; "none": no pictures; half, quarter and eighth of the width when absent',
      integers(1, 1024),
    )
    .option(
      '--lookahead <list>',
      'lookaheads that a further picture is made with at each window, such as 4,8',
      integers(2, 1024),
      [],
    )
    .option('--tokens <list>', 'tokens in a step', integers(1, 4096), [1, 2, 4, 8, 16, 32])
    .option(
      '--lengths <list>',
      'tokens before a step; those that the grid has no room for are left out',
      integers(1, 1 << 20),
      [64, 256, 1024, 4096, 8192],
    )
    .option('--rounds <n>', 'processes that measure everything once, in turn', integer(1, 1000), 5)
    .option('--passes <n>', 'steps of each kind that a round takes the median of', integer(1, 10_000), 15)
    .option('--against <file.json|folder>', 'figures of this machine to look for regressions against')
    .option('--out <file.json>', 'write the figures')
    .option('--json', 'print the figures as one JSON object on the last line of stdout')
    .action(bench);
  zipar.command(MEASURE, { hidden: true }).action(serveMeasurement);
}

async function bench(options: BenchOptions): Promise<void> {
  try {
    if (options.out !== undefined) await checkOutputFile('--out', options.out, '.json');
    const earlier = options.against === undefined ? [] : await readBenchmarks(options.against);
    const plan = await planBenchmark(options);
    const report = await runWithProgress(plan, options.provider !== 'all');
    if (options.out !== undefined) {
      const json = Buffer.from(`${JSON.stringify(report, rounded, 2)}\n`);
      await writeNamed(options.out, (file) => writeWholeFile(file, [json]));
    }
    process.stdout.write(benchmarkTables(report));
    if (options.against !== undefined)
      process.stdout.write(`\n${describeComparison(report, earlier, options.against)}`);
    if (options.json === true) process.stdout.write(`${JSON.stringify(report, rounded)}\n`);
  } catch (error) {
    if (error instanceof BenchmarkError) throw new UsageError(error.message, { cause: error });
    throw asUsageError(error);
  }
}

/** Rounds to five digits. The clocks here are not more exact. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
}

/** Makes and checks every choice before anything is measured. Packs weights where needed. */
async function planBenchmark(options: BenchOptions): Promise<BenchmarkPlan> {
  const paths = enginePaths();
  const model = await new ModelLibrary(paths.models).find(options.model);
  transformerOf(model);
  const { grid, defaults } = model;
  const [height, width] = grid;
  const tooWide = options.windows?.find((window) => window > width);
  if (tooWide !== undefined)
    throw new UsageError(
      `Window ${tooWide} is wider than the grid of ${model.name}, which has ${width} columns.`,
    );
  const tooFar = options.lookahead.find((lookahead) => lookahead > width);
  if (tooFar !== undefined)
    throw new UsageError(
      `Lookahead ${tooFar} is wider than the grid of ${model.name}, which has ${width} columns.`,
    );
  const executions = await executionsFor(options, model, Providers.ofThisMachine(paths.proof));
  const cells = height * width;
  return {
    model,
    executions,
    rounds: options.rounds,
    request: {
      guidance: checkGuidance(options.cfg ?? defaults.guidance),
      windows: windowsFor(options.windows, width),
      lookaheads: options.lookahead,
      tokens: options.tokens.filter((count) => count <= cells),
      lengths: options.lengths.filter((length) => length <= cells),
      passes: options.passes,
    },
  };
}

/** The windows to measure. Raster order comes first, because the others are compared with it. */
function windowsFor(asked: readonly number[] | undefined, width: number): number[] {
  if (asked?.length === 0) return [];
  const windows = asked ?? [2, 4, 8].map((part) => Math.max(1, Math.round(width / part)));
  return [...new Set([width, ...[...windows].sort((a, b) => b - a)])];
}

async function executionsFor(
  { provider, precision, threads }: BenchOptions,
  model: ModelFolder,
  providers: Providers,
): Promise<ExecutionChoice[]> {
  const { present, notices } =
    provider === 'all' ? await presentProviders(providers) : { present: [provider], notices: [] };
  for (const notice of notices) process.stderr.write(`${notice}\n`);
  const executions: ExecutionChoice[] = [];
  for (const name of present) {
    for (const wanted of precision) {
      try {
        const request = {
          provider: name as Provider,
          precision: wanted,
          onProviderFailure: 'error',
        } as const;
        const choice = await chooseExecution(request, model, providers);
        const options = { ...choice.options, threads: threads ?? choice.options.threads };
        await packFor(model, options);
        executions.push({ ...choice, options });
      } catch (error) {
        // A provider that the user did not name need not run every precision.
        if (provider !== 'all' || name === 'cpu' || !(error instanceof RequestError)) throw error;
        process.stderr.write(`${error.message}\n`);
      }
    }
  }
  const names = executions.map(({ options }) => configurationName(options));
  return executions.filter((_, i) => names.indexOf(names[i] ?? '') === i);
}

/** Packs the weights beforehand, because packing is not part of loading. All providers share the packed file. */
async function packFor(model: ModelFolder, options: ExecutionChoice['options']): Promise<void> {
  if (options.precision === 'stored') return;
  const loaded = new LoadedModel(model, { ...options, provider: 'cpu' });
  await loaded.transformer(packingOnTerminal(options.precision));
  await loaded.release();
}

/**
 * Runs the benchmark and shows its progress.
 * @param isNamed whether the user named the one provider: then its failure is the benchmark's failure
 */
async function runWithProgress(plan: BenchmarkPlan, isNamed: boolean): ReturnType<typeof runBenchmark> {
  const [, script] = process.argv;
  if (script === undefined) throw new Error('The command does not know its own script.');
  const bar = new ProgressBar();
  try {
    return await runBenchmark(
      plan,
      new MeasuringProcesses([script, MEASURE]),
      (done, of) => {
        bar.update(done, of, 'rounds');
      },
      ({ options }, error) => {
        if (isNamed || options.provider === 'cpu') throw error;
        bar.clear();
        const message = error instanceof Error ? error.message : String(error);
        process.stderr.write(`${configurationName(options)}: left out. ${message}\n`);
      },
    );
  } finally {
    bar.clear();
  }
}

/** Parses a list such as "8,4,2"; "none" is the empty list. */
function integers(min: number, max: number): (text: string) => number[] {
  const parse = integer(min, max);
  return (text) => (text === 'none' ? [] : [...new Set(text.split(',').map(parse))].sort((a, b) => a - b));
}

function precisions(text: string): Precision[] {
  return text.split(',').map((name) => {
    const known = PRECISIONS.find((precision) => precision === name);
    if (known === undefined) throw new InvalidArgumentError(`It must be a list of ${PRECISIONS.join(', ')}.`);
    return known;
  });
}
