import { randomUUID } from 'node:crypto';
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';

const HEARTBEAT_MS = 2000;
/** Time without a sign of life after which a holder counts as dead. */
const DEAD_AFTER_MS = 30_000;

/**
 * Tells other processes that a piece of work is in progress, so that it is not done twice. The holder renews the lock. When
 * the holder dies, the next process takes the lock over. The lock only saves work. Two processes can hold it at once, for
 * example after the computer slept. This must do no harm.
 */
export class LockFile {
  private constructor(
    private readonly file: string,
    private readonly content: string,
    private readonly heartbeat: NodeJS.Timeout,
  ) {}

  /** Takes the lock. Undefined while a living process holds it. */
  static async tryTake(file: string): Promise<LockFile | undefined> {
    if (await isAbandoned(file)) await rm(file, { force: true });
    const content = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() });
    try {
      await writeFile(file, content, { flag: 'wx' });
    } catch (error) {
      if (isCode(error, 'EEXIST')) return undefined;
      throw error;
    }
    const heartbeat = setInterval(() => {
      const now = new Date();
      utimes(file, now, now).catch(() => undefined); // the file is gone: another process took it over
    }, HEARTBEAT_MS);
    heartbeat.unref();
    return new LockFile(file, content, heartbeat);
  }

  async release(): Promise<void> {
    clearInterval(this.heartbeat);
    const content = await readFile(this.file, 'utf8').catch(() => undefined);
    if (content === this.content) await rm(this.file, { force: true });
  }
}

async function isAbandoned(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  if (!found) return false;
  if (Math.abs(Date.now() - found.mtimeMs) > DEAD_AFTER_MS) return true;
  const text = await readFile(file, 'utf8').catch(() => '');
  const holder = /^\{"pid":(\d+),"host":("(?:[^"\\]|\\.)*")/.exec(text);
  // The holder is on another computer, or its name is not written yet: only the time of the file tells.
  return holder !== null && holder[2] === JSON.stringify(hostname()) && !isAlive(Number(holder[1]));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !isCode(error, 'ESRCH');
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
