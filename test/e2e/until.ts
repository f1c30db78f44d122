import { setTimeout as sleep } from 'node:timers/promises';

/**
 * How long a test waits for anything, in milliseconds. No test checks speed here, so the limit only ends a wait in vain: a busy
 * machine may take its time.
 */
export const PATIENCE_MS = 180_000;

/** Interval between two checks of a condition, in milliseconds. */
const INTERVAL_MS = 100;

/** An awaited event did not happen in time. The message names the event, and what was there instead. */
class WaitedInVain extends Error {
  override readonly name = 'WaitedInVain';
}

/** Whether an attempt succeeds. Only for attempts that `until` makes again. */
export async function succeeds(attempt: Promise<unknown>): Promise<boolean> {
  return attempt.then(
    () => true,
    () => false,
  );
}

/**
 * Checks repeatedly until the result appears.
 *
 * @param what Name of the awaited result, to be read after "waited 30 s for".
 * @param look Returns undefined (or false) while the result is missing.
 * @param instead Called once on failure: what is there instead.
 * @param patienceMs Shorter only where the caller tries again.
 * @throws {WaitedInVain}
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  instead?: () => Promise<string>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > deadline) break;
    await sleep(INTERVAL_MS);
  }
  const found = instead === undefined ? '' : `; there is ${await instead()}`;
  throw new WaitedInVain(`waited ${patienceMs / 1000} s for ${what}${found}`);
}
