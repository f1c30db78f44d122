import { setTimeout as sleep } from 'node:timers/promises';

/** Interval between two checks of a condition, in milliseconds. */
const INTERVAL_MS = 100;

/** An awaited event did not happen in time. The message names the event, and what was there instead. */
class WaitedInVain extends Error {
  override readonly name = 'WaitedInVain';
}

/**
 * Checks repeatedly until the result appears.
 *
 * @param what Name of the awaited result, to be read after "waited 30 s for".
 * @param look Returns undefined (or false) while the result is missing.
 * @param instead Called once on failure: what is there instead.
 * @throws {WaitedInVain}
 */
export async function until<T>(
  what: string,
  timeoutMs: number,
  look: () => Promise<T | undefined | false>,
  instead?: () => Promise<string>,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > deadline) break;
    await sleep(INTERVAL_MS);
  }
  const found = instead === undefined ? '' : `; there is ${await instead()}`;
  throw new WaitedInVain(`waited ${timeoutMs / 1000} s for ${what}${found}`);
}
