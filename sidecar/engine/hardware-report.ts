import { availableParallelism, cpus, freemem, release, totalmem, type } from 'node:os';
import { buildVersions } from '../build-versions';
import type { GraphicsDevice } from '../hardware/graphics-devices';
import { Engine } from './engine';
import type { EnginePaths } from './engine-parts';
import { errorReport } from './error-report';
import { memorySize } from './memory-size';
import { describeVerdict, providerName, type Verdict } from './provider-choice';
import type { Providers } from './providers';
import type { Run } from './run';
import { RuntimeUnavailableError } from '../runtime/runtime';

/** The hardware on which this machine can compute, in the form that `zipar doctor --json` prints. */
export interface HardwareReport {
  readonly versions: { readonly version: string; readonly onnxruntime: string; readonly node: string };
  readonly system: string;
  readonly processor: { readonly name: string; readonly threads: number };
  readonly memory: { readonly bytes: number; readonly freeBytes: number };
  readonly devices: readonly GraphicsDevice[];
  /** A sentence that says why ONNX Runtime cannot be loaded, and what to do. Null when it can be loaded. */
  readonly runtimeProblem: string | null;
  readonly providers: readonly CheckedProvider[];
  readonly trial: ModelTrial;
}

interface CheckedProvider {
  readonly provider: string;
  readonly verdict: Verdict;
  /** The duration of the check. */
  readonly seconds: number;
}

/** The result of a short run with the model that ships, on the provider that `auto` chooses for it. */
type ModelTrial =
  | {
      readonly runs: true;
      readonly model: string;
      readonly provider: string;
      readonly reason: string;
      /** The time from the request to the first token. The opening of the model is part of it. */
      readonly firstTokenMs: number;
    }
  | { readonly runs: false; readonly problem: string };

/** Checks every provider, and runs the model that ships. It does not use the results of earlier checks. Never throws. */
export async function checkHardware(paths: EnginePaths, providers: Providers): Promise<HardwareReport> {
  providers.forget();
  const runtimeProblem = problemOf(providers);
  const checked: CheckedProvider[] = [];
  for (const provider of runtimeProblem === null ? providers.onDevices : []) {
    const start = performance.now();
    const verdict = await providers.verdict(provider, 'full');
    checked.push({ provider, verdict, seconds: Math.round((performance.now() - start) / 100) / 10 });
  }
  return {
    versions: buildVersions(),
    system: `${type()} ${release()}, ${process.platform}-${process.arch}`,
    processor: { name: cpus()[0]?.model.trim() ?? 'unknown', threads: availableParallelism() },
    memory: { bytes: totalmem(), freeBytes: freemem() },
    devices: await providers.devices(),
    runtimeProblem,
    providers: checked,
    trial: await tryModel(paths, providers),
  };
}

function problemOf(providers: Providers): string | null {
  try {
    return providers.available.length > 0 ? null : 'This ONNX Runtime has no provider.';
  } catch (error) {
    if (error instanceof RuntimeUnavailableError) return error.message;
    throw error;
  }
}

/** Runs the model that ships in a separate engine. A run of the user becomes slower, but has no other disadvantage. */
async function tryModel(paths: EnginePaths, providers: Providers): Promise<ModelTrial> {
  const engine = new Engine(paths, providers);
  try {
    const { models } = await engine.listModels([], undefined);
    const prompt = models[0]?.examples[0] ?? '';
    const began = performance.now();
    const ended = new Promise<Run>((resolve) => engine.events.once('ended', resolve));
    const firstToken = new Promise<number>((resolve) => {
      engine.events.once('step', ({ runId }) => {
        resolve(performance.now() - began);
        engine.cancel(runId);
      });
    });
    const run = await engine.start({
      condition: { kind: 'prompt', prompt },
      tokensOnly: true,
      onProviderFailure: 'error',
    });
    const { error, plan } = await ended;
    if (error) return { runs: false, problem: error.message };
    return {
      runs: true,
      model: run.plan.settings.model,
      provider: plan.settings.provider,
      reason: plan.execution.described.reason,
      firstTokenMs: Math.round(await firstToken),
    };
  } catch (error) {
    return { runs: false, problem: errorReport(error).message };
  } finally {
    await engine.close();
  }
}

/** The report as text. */
export function describeHardware(report: HardwareReport): string {
  const { versions, system, processor, memory, devices, runtimeProblem, providers, trial } = report;
  return [
    `ZipAR Studio ${versions.version}, ONNX Runtime ${versions.onnxruntime}, Node.js ${versions.node}`,
    system,
    `${processor.name}, ${processor.threads} threads; ${memorySize(memory.bytes)} of memory, ${memorySize(memory.freeBytes)} free`,
    '',
    'Graphics devices:',
    ...(devices.length === 0 ? ['  none that the system tells of'] : devices.map(describeDevice)),
    '',
    'Providers:',
    runtimeProblem === null
      ? '  The CPU: always there; the others are checked against it.'
      : `  none. ${runtimeProblem}`,
    ...providers.map(describeProvider),
    '',
    ...(runtimeProblem === null ? describeTrial(trial) : ['The embedded model does not run without it.']),
    '',
  ].join('\n');
}

function describeDevice({ name, memoryBytes }: GraphicsDevice): string {
  return `  ${name}, ${memoryBytes === undefined ? 'memory unknown' : memorySize(memoryBytes)}`;
}

function describeProvider({ provider, verdict, seconds }: CheckedProvider): string {
  const took = verdict.kind === 'absent' ? '' : ` (checked in ${seconds} s)`;
  const head = `  ${providerName(provider)}: ${describeVerdict(verdict)}${took}.`;
  if (verdict.kind !== 'right') return head;
  const { times, cpu, error } = verdict;
  const large =
    times.large === undefined || cpu.large === undefined
      ? ''
      : `, a large one ${times.large.toFixed(2)} ms (the CPU ${cpu.large.toFixed(2)} ms)`;
  return (
    `${head}\n    Largest error ${error.toExponential(0)} of the largest value; ` +
    `a small layer takes ${times.small.toFixed(2)} ms (the CPU ${cpu.small.toFixed(2)} ms)${large}.`
  );
}

function describeTrial(trial: ModelTrial): string[] {
  if (!trial.runs) return [`The embedded model does not run: ${trial.problem}`];
  return [
    `The embedded model ${trial.model} runs: first token after ${trial.firstTokenMs} ms.`,
    `For it "auto" computes on ${trial.provider}. ${trial.reason}`,
  ];
}
