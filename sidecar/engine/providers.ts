import { listGraphicsDevices, type GraphicsDevice } from '../hardware/graphics-devices';
import { runtime } from '../chosen-runtime';
import { hasVulkanDriver } from '../hardware/vulkan-drivers';
import type { Verdict } from './provider-choice';
import { productTimerInProcess, type ProductTimer } from './product-times';
import { proverInProcess, type ProofDepth, type Prover } from './provider-proof';
import { RuntimeUnavailableError } from '../runtime/runtime';
import { inEnglish, sentence } from '../protocol/sentence';

/** The providers of this ONNX Runtime, with the names that users give. Empty when ONNX Runtime cannot be loaded. */
export function availableProviders(): string[] {
  try {
    return [...runtime.providers()];
  } catch (error) {
    if (error instanceof RuntimeUnavailableError) return [];
    throw error;
  }
}

/** The providers that compute on a graphics device. If two are equally fast, the first one in this list is chosen. */
const ON_DEVICES = ['cuda', 'dml', 'coreml', 'webgpu'];

/**
 * The providers of this process, and the verdicts on them. Each provider is checked at its first use. `forget` removes
 * verdicts.
 */
export class Providers {
  private readonly verdicts = new Map<string, Promise<Verdict>>();
  private devicesFound: Promise<readonly GraphicsDevice[]> | undefined;

  constructor(
    private readonly prove: Prover,
    /** The names of the providers. When absent, ONNX Runtime says them. */
    private readonly builtIn?: readonly string[],
    /** Measures products with packed weights on the CPU. */
    readonly productTimes: ProductTimer = () => Promise.resolve(undefined),
  ) {}

  /** The providers of this machine. @param proofScript the path of proof-program.ts, built */
  static ofThisMachine(proofScript: string): Providers {
    return new Providers(
      onlyWithDriver(proverInProcess(proofScript)),
      undefined,
      productTimerInProcess(proofScript),
    );
  }

  /** The names of the providers of this ONNX Runtime. @throws RuntimeUnavailableError when ONNX Runtime cannot be loaded */
  get available(): readonly string[] {
    return this.builtIn ?? runtime.providers();
  }

  /**
   * The names of the providers that `auto` may choose, except the CPU.
   * @throws RuntimeUnavailableError when ONNX Runtime cannot be loaded
   */
  get onDevices(): readonly string[] {
    const { available } = this;
    return ON_DEVICES.filter((provider) => available.includes(provider));
  }

  /** The verdict on a provider. It is checked if there is none yet. @param depth `answer` takes less time than `full` */
  verdict(provider: string, depth: ProofDepth): Promise<Verdict> {
    const deeper = depth === 'answer' ? this.verdicts.get(key(provider, 'full')) : undefined;
    const known = deeper ?? this.verdicts.get(key(provider, depth));
    if (known) return known;
    const verdict = this.prove(provider, depth);
    this.verdicts.set(key(provider, depth), verdict);
    return verdict;
  }

  /** Records that a provider failed in a run. It is not used any more until `forget`. */
  reportFailure(provider: string, message: string): void {
    this.verdicts.set(key(provider, 'full'), Promise.resolve({ kind: 'failed', message }));
  }

  /** Forgets all verdicts, so that each provider is checked again at its next use. */
  forget(): void {
    this.verdicts.clear();
    this.devicesFound = undefined;
  }

  devices(): Promise<readonly GraphicsDevice[]> {
    this.devicesFound ??= listGraphicsDevices(process.platform);
    return this.devicesFound;
  }
}

/** The part of `Providers` that the choice of a provider uses. */
export type ProviderKnowledge = Pick<
  Providers,
  'available' | 'onDevices' | 'verdict' | 'devices' | 'productTimes'
>;

function key(provider: string, depth: ProofDepth): string {
  return `${provider} ${depth}`;
}

/** A prover that does not check `webgpu` on Linux if there is no Vulkan driver, because the check would only waste time. */
function onlyWithDriver(prove: Prover): Prover {
  return async (provider, depth) => {
    const needsVulkan = provider === 'webgpu' && process.platform === 'linux' && depth === 'full';
    if (needsVulkan && !(await hasVulkanDriver(process.env)))
      return { kind: 'absent', message: inEnglish(sentence`this machine has no Vulkan driver`) };
    return prove(provider, depth);
  };
}
