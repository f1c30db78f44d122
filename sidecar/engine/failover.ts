import type { ProtocolError, ProviderFailurePolicy } from '../protocol';
import { inEnglish, sentence, type Said } from '../protocol/sentence';
import { providerName } from './provider-choice';

/** The facts that decide what follows the failure of a run. */
export interface FailingRun {
  /** The provider that the run computes on. */
  readonly provider: string;
  readonly policy: ProviderFailurePolicy;
  /** Whether the user has cancelled the run meanwhile. */
  readonly isCancelled: boolean;
}

/** The consequence of a failure. */
export type AfterFailure =
  /** The user cancelled the run before it failed, so the failure is not reported. */
  | { readonly kind: 'cancelled' }
  /** The run begins again on the CPU. `notice` is a sentence for the user. */
  | { readonly kind: 'move'; readonly notice: Said }
  /** The run fails. If `isProviders` is true, later runs do not use the provider. */
  | { readonly kind: 'fail'; readonly isProviders: boolean };

/**
 * Decides what follows a failure. A run moves to the CPU when a graphics device failed or ran out of memory, unless its
 * request asks for an error.
 */
export function afterFailure(error: ProtocolError, run: FailingRun): AfterFailure {
  const { code, message } = error;
  const said: Said = error.sentence ?? message;
  if (run.isCancelled) return { kind: 'cancelled' };
  const isProviders = code === 'provider-failed';
  const canMove = isProviders || code === 'out-of-memory';
  if (canMove && run.provider !== 'cpu' && run.policy === 'fallback')
    return { kind: 'move', notice: sentence`${said} The CPU goes on.` };
  return { kind: 'fail', isProviders };
}

/**
 * The error for a run whose inference thread ended unexpectedly. On a graphics device, it counts as a failure of the provider.
 */
export function lostThreadFailure(error: ProtocolError, provider: string): ProtocolError {
  if (error.code !== 'engine-failed' || provider === 'cpu') return error;
  const said = sentence`${providerName(provider)} ended the inference thread: ${error.sentence ?? error.message}`;
  return { code: 'provider-failed', message: inEnglish(said), sentence: said };
}
