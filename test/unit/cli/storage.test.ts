/** What `zipar models` and `zipar cache` list and delete, in folders of the test. */
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addCacheCommand } from '../../../sidecar/cli/cache';
import { addModelsCommand } from '../../../sidecar/cli/models';
import { removeOwned } from '../../../sidecar/files/owned-files';
import { temporaryFolder } from '../extension/temporary-folder';
import { isUsage, runCommand } from './run-command';

const folder = temporaryFolder();
const inCache = (...names: string[]): string => path.join(folder(), 'cache', ...names);
const inModels = (...names: string[]): string => path.join(folder(), 'data/zipar-studio/models', ...names);

beforeEach(() => {
  vi.stubEnv('ZIPAR_CACHE', inCache());
  vi.stubEnv('ZIPAR_SAVES', '');
  vi.stubEnv('XDG_DATA_HOME', path.join(folder(), 'data'));
  mkdirSync(inCache('packed'), { recursive: true });
  mkdirSync(inCache('runs'));
  mkdirSync(inModels('ada--boats', 'vq'), { recursive: true });
  writeFileSync(inCache('packed', 'boats-int4.safetensors'), Buffer.alloc(3000));
  writeFileSync(inCache('packed', 'boats-int4.safetensors.lock'), '{}');
  writeFileSync(inCache('runs', '20260101-120000-7-1-1.zipar'), Buffer.alloc(500));
  writeFileSync(inCache('step-costs.json'), '{}');
  writeFileSync(inModels('ada--boats', 'model.safetensors'), Buffer.alloc(2000));
  writeFileSync(inModels('ada--boats', 'vq', 'vq.safetensors'), Buffer.alloc(1000));
  writeFileSync(path.join(folder(), 'precious.txt'), 'kept');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const cache = (...args: string[]): ReturnType<typeof runCommand> =>
  runCommand(addCacheCommand, ['cache', ...args]);
const models = (...args: string[]): ReturnType<typeof runCommand> =>
  runCommand(addModelsCommand, ['models', ...args]);

describe('zipar cache', () => {
  it('lists packed weights, saved runs and measured times with their sizes', async () => {
    const { stdout, error } = await cache('--json');
    expect(error).toBeUndefined();
    expect(JSON.parse(stdout)).toMatchObject({
      folder: inCache(),
      bytes: 3502,
      items: [
        { name: 'packed/boats-int4.safetensors', bytes: 3000 },
        { name: 'runs/20260101-120000-7-1-1.zipar', bytes: 500 },
        { name: 'step-costs.json', bytes: 2 },
      ],
    });
    expect((await cache()).stdout).toContain('3.00 kB  packed/boats-int4.safetensors  (packed weights)');
  });

  it('is empty where nothing was kept yet', async () => {
    vi.stubEnv('ZIPAR_CACHE', path.join(folder(), 'none'));
    expect((await cache()).stdout).toBe(`${path.join(folder(), 'none')}: nothing\n`);
  });

  it('deletes what is named, and nothing else', async () => {
    const { stdout } = await cache('remove', 'runs/20260101-120000-7-1-1.zipar', '--yes');
    expect(stdout).toBe('deleted runs/20260101-120000-7-1-1.zipar (500 bytes)\n');
    expect(readdirSync(inCache('runs'))).toEqual([]);
    expect(existsSync(inCache('packed', 'boats-int4.safetensors'))).toBe(true);
  });

  it('deletes all, but no lock of a process that packs', async () => {
    await cache('remove', '--all', '--yes');
    expect(readdirSync(inCache('packed'))).toEqual(['boats-int4.safetensors.lock']);
    expect(JSON.parse((await cache('--json')).stdout)).toMatchObject({ items: [] });
  });

  it('deletes a link, and not what the link leads to', async () => {
    symlinkSync(folder(), inCache('packed', 'outside'));
    expect(JSON.parse((await cache('--json')).stdout)).toMatchObject({ bytes: 3502 });
    await cache('remove', 'packed/outside', '--yes');
    expect(existsSync(inCache('packed', 'outside'))).toBe(false);
    expect(existsSync(path.join(folder(), 'precious.txt'))).toBe(true);
  });

  it.each([
    ['a name that is not listed', ['remove', 'packed/other', '--yes'], 'packed/other'],
    ['a name that leads out', ['remove', '../precious.txt', '--yes'], 'precious.txt'],
    ['neither a name nor --all', ['remove', '--yes'], '--all'],
    ['both', ['remove', 'step-costs.json', '--all', '--yes'], '--all'],
    ['no --yes where nobody can be asked', ['remove', 'step-costs.json'], '--yes'],
  ])('refuses %s', async (_, args, named) => {
    const { error, stdout } = await cache(...args);
    expect(isUsage(error)).toBe(true);
    expect(String(error)).toContain(named);
    expect(stdout).toBe('');
    expect(existsSync(path.join(folder(), 'precious.txt'))).toBe(true);
    expect(existsSync(inCache('step-costs.json'))).toBe(true);
  });
});

describe('zipar models', () => {
  it('lists what ships, and what was downloaded by the name of its repository', async () => {
    const { stdout } = await models('--json');
    const { items } = JSON.parse(stdout) as {
      items: { name: string; bytes: number; isRemovable: boolean }[];
    };
    expect(items.at(-1)).toMatchObject({ name: 'ada/boats', bytes: 3000, isRemovable: true });
    expect(items[0]).toMatchObject({ isRemovable: false });
    expect((await models()).stdout).toContain(`--model ${inModels('ada--boats')}`);
  });

  it('deletes a downloaded model, and no model that ships', async () => {
    const { items } = JSON.parse((await models('--json')).stdout) as {
      items: { name: string; file: string }[];
    };
    const { error } = await models('remove', items[0]?.name ?? '', '--yes');
    expect(String(error)).toContain('ships with this program');
    await models('remove', '--all', '--yes');
    expect(readdirSync(inModels())).toEqual([]);
    expect(existsSync(items[0]?.file ?? '')).toBe(true);
  });
});

describe('deleting', () => {
  it.each(['..', '.', '../precious.txt', 'a/../../precious.txt', '/etc', ''])('refuses %j', async (name) => {
    await expect(removeOwned(inCache(), name)).rejects.toThrow(/does not lie in/);
    expect(existsSync(path.join(folder(), 'precious.txt'))).toBe(true);
    expect(existsSync(inCache('step-costs.json'))).toBe(true);
  });
});
