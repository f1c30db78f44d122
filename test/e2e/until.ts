import { setTimeout as sleep } from 'node:timers/promises';

/** How often a condition is looked at again, in milliseconds. */
const INTERVAL_MS = 100;

/** What a test waited for did not happen in time. The message says what it was and what was there instead. */
class WaitedInVain extends Error {
  override readonly name = 'WaitedInVain';
}

/**
 * Looks again and again until there is something to see.
 *
 * @param what What is waited for, to be read after "waited 30 s for".
 * @param look Returns undefined (or false) while it is not there.
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
