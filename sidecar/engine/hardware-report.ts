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
import { inEnglish, sentence, type Said, type Sentence } from '../protocol/sentence';

/** The hardware on which this machine can compute. {@link hardwareJson} is what `zipar doctor --json` prints. */
export interface HardwareReport {
  readonly versions: { readonly version: string; readonly onnxruntime: string; readonly node: string };
  readonly system: string;
  readonly processor: { readonly name: string; readonly threads: number };
  readonly memory: { readonly bytes: number; readonly freeBytes: number };
  readonly devices: readonly GraphicsDevice[];
  /** A sentence that says why ONNX Runtime cannot be loaded, and what to do. Null when it can be loaded. */
  readonly runtimeProblem: Said | null;
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
  | { readonly runs: false; readonly problem: Said };

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

function problemOf(providers: Providers): Said | null {
  try {
    return providers.available.length > 0 ? null : sentence`This ONNX Runtime has no provider.`;
  } catch (error) {
    if (error instanceof RuntimeUnavailableError) return error.sentence;
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
    if (error) return { runs: false, problem: error.sentence ?? error.message };
    return {
      runs: true,
      model: run.plan.settings.model,
      provider: plan.settings.provider,
      reason: plan.execution.described.reason,
      firstTokenMs: Math.round(await firstToken),
    };
  } catch (error) {
    const { sentence: said, message } = errorReport(error);
    return { runs: false, problem: said ?? message };
  } finally {
    await engine.close();
  }
}

/** The report as lines of text. */
export function describeHardware(report: HardwareReport): readonly Said[] {
  const { versions, system, processor, memory, devices, runtimeProblem, providers, trial } = report;
  const { name, threads } = processor;
  return [
    `ZipAR Studio ${versions.version}, ONNX Runtime ${versions.onnxruntime}, Node.js ${versions.node}`,
    system,
    sentence`${name}, ${threads} threads; ${memorySize(memory.bytes)} of memory, ${memorySize(memory.freeBytes)} free`,
    '',
    sentence`Graphics devices:`,
    ...(devices.length === 0 ? [sentence`  none that the system tells of`] : devices.map(describeDevice)),
    '',
    sentence`Providers:`,
    runtimeProblem === null
      ? sentence`  The CPU: always there; the others are checked against it.`
      : sentence`  none. ${runtimeProblem}`,
    ...providers.flatMap(describeProvider),
    '',
    ...(runtimeProblem === null
      ? describeTrial(trial)
      : [sentence`The embedded model does not run without it.`]),
    '',
  ];
}

/** The report as JSON, in English. */
export function hardwareJson(report: HardwareReport): string {
  const { runtimeProblem, trial } = report;
  return JSON.stringify({
    ...report,
    runtimeProblem: runtimeProblem === null ? null : inEnglish(runtimeProblem),
    trial: trial.runs ? trial : { ...trial, problem: inEnglish(trial.problem) },
  });
}

function describeDevice({ name, memoryBytes }: GraphicsDevice): Sentence {
  return memoryBytes === undefined
    ? sentence`  ${name}, memory unknown`
    : sentence`  ${name}, ${memorySize(memoryBytes)}`;
}

function describeProvider({ provider, verdict, seconds }: CheckedProvider): readonly Sentence[] {
  const described = sentence`  ${providerName(provider)}: ${describeVerdict(verdict)}`;
  const head =
    verdict.kind === 'absent' ? sentence`${described}.` : sentence`${described} (checked in ${seconds} s).`;
  if (verdict.kind !== 'right') return [head];
  const { times, cpu, error } = verdict;
  const layers = sentence`    Largest error ${error.toExponential(0)} of the largest value; a small layer takes ${times.small.toFixed(2)} ms (the CPU ${cpu.small.toFixed(2)} ms)`;
  return [
    head,
    times.large === undefined || cpu.large === undefined
      ? sentence`${layers}.`
      : sentence`${layers}, a large one ${times.large.toFixed(2)} ms (the CPU ${cpu.large.toFixed(2)} ms).`,
  ];
}

function describeTrial(trial: ModelTrial): readonly Sentence[] {
  if (!trial.runs) return [sentence`The embedded model does not run: ${trial.problem}`];
  return [
    sentence`The embedded model ${trial.model} runs: first token after ${trial.firstTokenMs} ms.`,
    sentence`For it "auto" computes on ${trial.provider}. ${trial.reason}`,
  ];
}
