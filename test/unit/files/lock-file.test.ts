import { spawnSync } from 'node:child_process';
import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LockFile } from '../../../sidecar/files/lock-file';
import { temporaryFolder } from '../weights/temporary-folder';

const folder = temporaryFolder();

function heldBy(name: string, holder: object): string {
  const file = path.join(folder.path, name);
  writeFileSync(file, JSON.stringify(holder));
  return file;
}

describe('a lock file', () => {
  it('is held by one process at a time, and by the next when it is released', async () => {
    const file = path.join(folder.path, 'one.lock');
    const first = await LockFile.tryTake(file);
    expect(first).toBeDefined();
    expect(await LockFile.tryTake(file)).toBeUndefined();
    await first?.release();
    expect(existsSync(file)).toBe(false);
    const second = await LockFile.tryTake(file);
    expect(second).toBeDefined();
    await second?.release();
  });

  it('is taken over from a process that is dead', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const lock = await LockFile.tryTake(heldBy('dead.lock', { pid, host: hostname(), id: 'x' }));
    expect(lock).toBeDefined();
    await lock?.release();
  });

  it('of another computer is taken over when it was not renewed for long', async () => {
    const file = heldBy('far.lock', { pid: 1, host: 'elsewhere', id: 'x' });
    expect(await LockFile.tryTake(file)).toBeUndefined();
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(file, longAgo, longAgo);
    const lock = await LockFile.tryTake(file);
    expect(lock).toBeDefined();
    await lock?.release();
  });

  it('that another process took over is left to that process', async () => {
    const file = path.join(folder.path, 'taken.lock');
    const lock = await LockFile.tryTake(file);
    writeFileSync(file, 'another');
    await lock?.release();
    expect(existsSync(file)).toBe(true);
  });
});
