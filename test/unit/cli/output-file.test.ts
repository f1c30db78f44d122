import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeNamed } from '../../../sidecar/cli/output-file';
import { writeWholeFile } from '../../../sidecar/files/write-whole-file';
import { temporaryFolder } from '../extension/temporary-folder';

const folder = temporaryFolder();
const said: string[] = [];
beforeEach(() => {
  said.length = 0;
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = undefined;
});

const writePicture = (file: string) => writeWholeFile(file, [Buffer.from('a picture')]);

describe('a result', () => {
  it('goes where the user said', async () => {
    const file = path.join(folder(), 'a.png');
    expect(await writeNamed(file, writePicture)).toBe(file);
    expect(readFileSync(file, 'utf8')).toBe('a picture');
    expect([said, process.exitCode]).toEqual([[], undefined]);
  });

  it('is kept among the temporary files when its folder has been removed, and that is said', async () => {
    vi.stubEnv('TMPDIR', folder());
    const name = `${'雪'.repeat(80)}.png`;
    const kept = await writeNamed(path.join(folder(), 'removed', name), writePicture);
    expect(path.basename(kept)).toBe(name);
    expect(path.dirname(path.dirname(kept))).toBe(folder());
    expect(readFileSync(kept, 'utf8')).toBe('a picture');
    expect(said.join('')).toMatch(
      /could not be written: no such file or directory\. It is kept as .*\.png\.\n$/,
    );
    expect(process.exitCode).toBe(1);
  });

  it('is kept in the current folder when there is no room for temporary files either', async () => {
    vi.stubEnv('TMPDIR', path.join(folder(), 'removed, too'));
    const kept = await writeNamed(path.join(folder(), 'removed/a.png'), writePicture);
    try {
      expect(path.dirname(path.dirname(kept))).toBe('.');
      expect(readFileSync(kept, 'utf8')).toBe('a picture');
    } finally {
      rmSync(path.dirname(kept), { recursive: true });
    }
  });

  it('that cannot be made is not reported as a problem of its place', async () => {
    const file = path.join(folder(), 'a.png');
    const broken = () => Promise.reject(new Error('The picture cannot be made.'));
    await expect(writeNamed(file, broken)).rejects.toThrow('The picture cannot be made.');
    expect(existsSync(file)).toBe(false);
  });
});
