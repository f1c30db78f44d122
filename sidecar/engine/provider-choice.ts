import { PROOF_MODELS } from './proof-models';
import type { LayerTimes, Proof } from './provider-proof';
import { asSentence, sentence, type Said, type Sentence } from '../protocol/sentence';

/** The verdict on a provider: the result of its check, or a failure in a run. */
export type Verdict =
  | Proof
  /** It passed its check, but failed in a run. `message` is the text of the error. */
  | { readonly kind: 'failed'; readonly message: string };

/** The work of a model's step, computed from the shape of the model. */
export interface PassWork {
  readonly layers: number;
  /** The number of bytes of the weights in one layer. */
  readonly layerBytes: number;
}

/** The provider that `auto` chooses, and a sentence with the reason. */
export interface ProviderChoice {
  readonly provider: string;
  readonly reason: Said;
}

/**
 * The least ratio of the CPU's time to the provider's time. With a smaller gain the CPU is used, because another provider
 * rounds differently.
 */
const FASTER_BY = 1.25;

/**
 * Chooses the fastest provider whose check was right. If none is faster than the CPU, it is the CPU. The measured times of the
 * check are scaled to this model.
 *
 * @param work the work of a step; undefined if only a picture is drawn
 * @param verdicts the verdicts on all providers except the CPU
 */
export function fastestProvider(
  work: PassWork | undefined,
  verdicts: readonly (readonly [provider: string, verdict: Verdict])[],
): ProviderChoice {
  if (!work) return { provider: 'cpu', reason: sentence`An image decoder alone is left to the CPU.` };
  const rivals = verdicts.map(([provider, verdict]) => ({ provider, ...judge(provider, verdict, work) }));
  const [best] = rivals
    .filter(({ passMs }) => passMs !== undefined)
    .sort((a, b) => (a.passMs ?? 0) - (b.passMs ?? 0));
  if (best) return { provider: best.provider, reason: best.said };
  if (rivals.length === 0)
    return { provider: 'cpu', reason: sentence`This ONNX Runtime has no other provider.` };
  return {
    provider: 'cpu',
    reason: rivals.map(({ said }) => said).reduce((one, other) => sentence`${one} ${other}`),
  };
}

/** The estimate for a provider. `passMs`, the time of a step, is present only if the provider may be used. */
interface Judged {
  readonly passMs?: number;
  readonly said: Said;
}

function judge(provider: string, verdict: Verdict, work: PassWork): Judged {
  const name = providerName(provider);
  if (verdict.kind !== 'right') return { said: sentence`${name}: not used, ${describeVerdict(verdict)}.` };
  const passMs = estimatedPassMs(verdict.times, work);
  const cpuMs = estimatedPassMs(verdict.cpu, work);
  if (passMs === undefined || cpuMs === undefined)
    return { said: sentence`${name}: not used, ${describeVerdict(verdict)}.` };
  const took = sentence`about ${milliseconds(passMs)} a step with this model, the CPU ${milliseconds(cpuMs)}`;
  if (passMs * FASTER_BY > cpuMs) return { said: sentence`${name}: not used, ${took}.` };
  return { passMs, said: sentence`${name}: ${took}.` };
}

/**
 * Estimates the time of a step. The two measured layers give a straight line: the time of a layer depends on its bytes of
 * weights.
 * @returns undefined if the large layer was not measured
 */
function estimatedPassMs({ small, large }: LayerTimes, work: PassWork): number | undefined {
  if (large === undefined) return undefined;
  const [smallBytes, largeBytes] = [PROOF_MODELS.small[0].layerBytes, PROOF_MODELS.large.layerBytes];
  const msPerByte = Math.max(0, (large - small) / (largeBytes - smallBytes));
  return work.layers * (small + msPerByte * Math.max(0, work.layerBytes - smallBytes));
}

/** A verdict in words, as the end of a sentence. */
export function describeVerdict(verdict: Verdict): Said {
  switch (verdict.kind) {
    case 'answers':
      return sentence`it answers`;
    case 'right':
      return describeSpeed(verdict.times, verdict.cpu);
    case 'wrong':
      return Number.isNaN(verdict.error)
        ? sentence`its check gave values that are no numbers`
        : sentence`its check gave wrong numbers (largest error ${verdict.error.toPrecision(1)} of the largest value)`;
    case 'refused':
      return sentence`it could not be opened (${withoutSource(verdict.message)})`;
    case 'silent':
      return verdict.stage === 'answer'
        ? sentence`no answer within ${verdict.seconds} s`
        : sentence`its check was not done within ${verdict.seconds} s (a software renderer, or a driver that hangs?)`;
    case 'crashed':
      return sentence`the process of its check ended with ${verdict.how}`;
    case 'absent':
      return asSentence(verdict.message);
    case 'failed':
      return sentence`it failed before and is tried again when the hardware is checked (${withoutSource(verdict.message)})`;
  }
}

/** A device that is slower than the CPU by this factor is probably a program. */
const SOFTWARE_IS_SLOWER = 20;

function describeSpeed(own: LayerTimes, cpu: LayerTimes): Sentence {
  const [ownMs, cpuMs] = [own.large ?? own.small, own.large === undefined ? cpu.small : (cpu.large ?? NaN)];
  const said =
    ownMs > cpuMs
      ? sentence`${factor(ownMs / cpuMs)} times slower than the CPU in its check`
      : sentence`${factor(cpuMs / ownMs)} times faster than the CPU in its check`;
  const isSoftware = own.large === undefined || ownMs > SOFTWARE_IS_SLOWER * cpuMs;
  return isSoftware ? sentence`${said} (a software renderer?)` : said;
}

function factor(ratio: number): string {
  return ratio < 10 ? ratio.toFixed(1) : ratio.toFixed(0);
}

function milliseconds(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}

/**
 * The first line of an error message, as the end of a sentence. ONNX Runtime puts the file, line, function and condition of its
 * source code before the message, and they are left out.
 */
export function withoutSource(message: string): string {
  const [line = ''] = message.trim().split('\n');
  return line.replace(/^\S+\.(?:cc|h|cpp):\d+ .*?\bwas false\. /, '').replace(/\.$/, '');
}

/** The name of a provider in messages to the user. */
export function providerName(provider: string): Said {
  return NAMES[provider] ?? provider;
}

const NAMES: Readonly<Record<string, Said>> = {
  cpu: sentence`The CPU`,
  webgpu: 'WebGPU',
  cuda: 'CUDA',
  dml: 'DirectML',
  coreml: 'Core ML',
};
