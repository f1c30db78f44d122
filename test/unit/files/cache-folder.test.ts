import { homedir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheFolder } from '../../../sidecar/files/cache-folder';

const HOME_CACHE = path.join(homedir(), '.cache/zipar-studio');

describe('the cache folder', () => {
  it.each<[string, Record<string, string>, NodeJS.Platform, string]>([
    [
      'the one that is named, before any other',
      { ZIPAR_CACHE: '/big', XDG_CACHE_HOME: '/x' },
      'linux',
      '/big',
    ],
    ['in the XDG cache', { XDG_CACHE_HOME: '/x' }, 'linux', '/x/zipar-studio'],
    ['not in an XDG cache that is relative', { XDG_CACHE_HOME: 'x' }, 'linux', HOME_CACHE],
    ['in the home folder', { ZIPAR_CACHE: '' }, 'darwin', HOME_CACHE],
    ['in the local application data on Windows', { LOCALAPPDATA: '/local' }, 'win32', '/local/zipar-studio'],
  ])('is %s', (_, env, platform, folder) => {
    expect(cacheFolder(env, platform)).toBe(folder);
  });
});
