import { describeVerdict, providerName } from '../engine/provider-choice';
import type { Providers } from '../engine/providers';
import { inEnglish } from '../protocol/sentence';

/** Providers that are measured when the user names none. For each other provider, one sentence says why not. */
export interface PresentProviders {
  readonly present: readonly string[];
  readonly notices: readonly string[];
}

/**
 * Finds the CPU, and each provider that computes correctly on a device that the system lists. A software renderer does not
 * count: it is the CPU again, but slower.
 */
export async function presentProviders(providers: Providers): Promise<PresentProviders> {
  const present = ['cpu'];
  const notices: string[] = [];
  const devices = await providers.devices();
  for (const provider of providers.onDevices) {
    const leftOut = (why: string): void => {
      notices.push(
        `${inEnglish(providerName(provider))}: not measured, ${why}; --provider ${provider} measures it all the same.`,
      );
    };
    const verdict = await providers.verdict(provider, 'full');
    if (verdict.kind !== 'right') leftOut(inEnglish(describeVerdict(verdict)));
    else if (devices.length === 0 || verdict.times.large === undefined)
      leftOut('only a software renderer serves it');
    else present.push(provider);
  }
  return { present, notices };
}
