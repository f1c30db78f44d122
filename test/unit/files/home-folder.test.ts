import { chmodSync, mkdirSync, rmdirSync, statSync, symlinkSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { homeFolder, HomeFolderError } from '../../../sidecar/files/home-folder';
import { temporaryFolder } from '../extension/temporary-folder';

vi.mock('node:os', { spy: true });

const folder = temporaryFolder();
afterEach(() => {
  vi.unstubAllEnvs();
  vi.mocked(homedir).mockRestore();
  vi.mocked(userInfo).mockRestore();
});

describe('the home folder', () => {
  it('is that of the environment', () => {
    vi.stubEnv('HOME', '/home/of/someone');
    expect(homeFolder()).toBe('/home/of/someone');
  });

  it.each(['', 'relative'])('is what the system says when the environment has %j', (home) => {
    vi.stubEnv('HOME', home);
    expect(homeFolder()).toBe(userInfo().homedir);
  });
});

// The situation in a container that runs with a bare user id, where Node.js throws at both.
describe.skipIf(process.platform === 'win32')('without a home folder', () => {
  function loseHome(): string {
    const unknownUser = () => {
      throw new Error('ENOENT: no such file or directory, uv_os_homedir');
    };
    vi.mocked(homedir).mockImplementation(unknownUser);
    vi.mocked(userInfo).mockImplementation(unknownUser);
    vi.stubEnv('TMPDIR', folder());
    return path.join(folder(), `zipar-studio-${process.getuid?.()}`);
  }

  it('is a private folder among the temporary files, the same each time', () => {
    const expected = loseHome();
    expect([homeFolder(), homeFolder()]).toEqual([expected, expected]);
    expect(statSync(expected).mode & 0o777).toBe(0o700);
  });

  it('is never a folder that others may read, and never a link', () => {
    const taken = loseHome();
    mkdirSync(taken);
    chmodSync(taken, 0o777);
    expect(homeFolder).toThrow(HomeFolderError);
    rmdirSync(taken);
    mkdirSync(path.join(folder(), 'elsewhere'), { mode: 0o700 });
    symlinkSync('elsewhere', taken);
    expect(homeFolder).toThrow('ZIPAR_CACHE');
  });
});
