import { listGraphicsDevices, type GraphicsDevice } from '../hardware/graphics-devices';
import { runtime } from '../chosen-runtime';
import { hasVulkanDriver } from '../hardware/vulkan-drivers';
import type { Verdict } from './provider-choice';
import { productTimerInProcess, type ProductTimer } from './product-times';
import { proverInProcess, type ProofDepth, type Prover } from './provider-proof';
import { RuntimeUnavailableError } from '../runtime/runtime';

/** Execution providers of this ONNX Runtime build, as users name them; empty when it cannot be loaded. */
export function availableProviders(): string[] {
  try {
    return [...runtime.providers()];
  } catch (error) {
    if (error instanceof RuntimeUnavailableError) return [];
    throw error;
  }
}

/** Providers of ONNX Runtime that run on a graphics device. The first in this list wins where two are equally fast. */
const ON_DEVICES = ['cuda', 'dml', 'coreml', 'webgpu'];

/** What this process knows about its providers. Each provider is tried once, at its first use, until `forget`. */
export class Providers {
  private readonly verdicts = new Map<string, Promise<Verdict>>();
  private devicesFound: Promise<readonly GraphicsDevice[]> | undefined;

  constructor(
    private readonly prove: Prover,
    /** The providers of this build; ONNX Runtime is asked when absent. */
    private readonly builtIn?: readonly string[],
    /** Times products with packed weights on the CPU. */
    readonly productTimes: ProductTimer = () => Promise.resolve(undefined),
  ) {}

  /** The providers of this machine. @param proofScript script of the proving process, built */
  static ofThisMachine(proofScript: string): Providers {
    return new Providers(
      onlyWithDriver(proverInProcess(proofScript)),
      undefined,
      productTimerInProcess(proofScript),
    );
  }

  /** The providers of this build. @throws RuntimeUnavailableError when ONNX Runtime cannot be loaded */
  get available(): readonly string[] {
    return this.builtIn ?? runtime.providers();
  }

  /** The providers that `auto` may choose beside the CPU. @throws RuntimeUnavailableError when ONNX Runtime cannot be loaded */
  get onDevices(): readonly string[] {
    const { available } = this;
    return ON_DEVICES.filter((provider) => available.includes(provider));
  }

  /** The verdict on a provider. @param depth `answer`: only whether it answers; this takes a moment instead of seconds */
  verdict(provider: string, depth: ProofDepth): Promise<Verdict> {
    const known = this.verdicts.get(key(provider, 'full')) ?? this.verdicts.get(key(provider, depth));
    if (known) return known;
    const verdict = this.prove(provider, depth);
    this.verdicts.set(key(provider, depth), verdict);
    return verdict;
  }

  /** Records that a provider failed in a run. It is not trusted any more. */
  reportFailure(provider: string, message: string): void {
    this.verdicts.set(key(provider, 'full'), Promise.resolve({ kind: 'failed', message }));
  }

  /** Forgets all verdicts, so that the next request tries its provider again. */
  forget(): void {
    this.verdicts.clear();
    this.devicesFound = undefined;
  }

  devices(): Promise<readonly GraphicsDevice[]> {
    this.devicesFound ??= listGraphicsDevices(process.platform);
    return this.devicesFound;
  }
}

/** What the choice of a provider needs to know. */
export type ProviderKnowledge = Pick<
  Providers,
  'available' | 'onDevices' | 'verdict' | 'devices' | 'productTimes'
>;

function key(provider: string, depth: ProofDepth): string {
  return `${provider} ${depth}`;
}

/** Skips the trial where no driver for Vulkan exists: a process that looks for a GPU would waste time. */
function onlyWithDriver(prove: Prover): Prover {
  return async (provider, depth) => {
    const needsVulkan = provider === 'webgpu' && process.platform === 'linux' && depth === 'full';
    if (needsVulkan && !(await hasVulkanDriver(process.env)))
      return { kind: 'absent', message: 'this machine has no Vulkan driver' };
    return prove(provider, depth);
  };
}
