import { chmod, mkdir, writeFile } from 'node:fs/promises';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseNodeRuntime, cleanEnvironment } from '../../../extension/node-runtime';
import { NoNodeError } from '../../../extension/sidecar-errors';
import { temporaryFolder } from './temporary-folder';

const NOTHING = {
  setting: '',
  searchPath: '',
  hostExecPath: '/opt/code/code',
  hostVersion: '22.1.0',
  hostIsElectron: true,
};

// Stand-ins for node are shell scripts.
describe.skipIf(process.platform === 'win32')('the Node.js that runs the sidecar', () => {
  const folder = temporaryFolder();

  /** A program named node that answers as this version would. */
  async function fakeNode(name: string, answer: string): Promise<string> {
    const bin = path.join(folder(), name);
    await mkdir(bin);
    await writeFile(path.join(bin, 'node'), `#!/bin/sh\n${answer}\n`);
    await chmod(path.join(bin, 'node'), 0o755);
    return bin;
  }
  const reporting = (execPath: string, version: string): string => `echo '["${execPath}","${version}"]'`;

  it('is the setting’s before anything else', async () => {
    const set = await fakeNode('set', reporting('/real/node', '20.0.0'));
    const onPath = await fakeNode('path', reporting('/other/node', '24.0.0'));
    const runtime = await chooseNodeRuntime({
      ...NOTHING,
      setting: path.join(set, 'node'),
      searchPath: onPath,
    });
    expect(runtime).toEqual({ execPath: '/real/node', version: '20.0.0', source: 'setting', env: {} });
  });

  it('is the first on PATH that is new enough and works', async () => {
    const folders = [
      'relative/bin',
      folder(),
      await fakeNode('old', reporting('/old/node', '18.20.0')),
      await fakeNode('broken', 'exit 3'),
      await fakeNode('strange', 'echo hello'),
      await fakeNode('good', reporting('/good/node', '20.1.2')),
    ];
    const runtime = await chooseNodeRuntime({ ...NOTHING, searchPath: folders.join(path.delimiter) });
    expect(runtime).toEqual({ execPath: '/good/node', version: '20.1.2', source: 'path', env: {} });
  });

  it('is the host’s own when PATH has none, as Node where the host is Electron', async () => {
    expect(await chooseNodeRuntime(NOTHING)).toEqual({
      execPath: '/opt/code/code',
      version: '22.1.0',
      source: 'vscode',
      env: { ELECTRON_RUN_AS_NODE: '1' },
    });
    expect(await chooseNodeRuntime({ ...NOTHING, hostIsElectron: false })).toMatchObject({ env: {} });
  });

  it('is never another than the setting names', async () => {
    const old = path.join(await fakeNode('old', reporting('/old/node', '18.20.0')), 'node');
    const missing = path.join(folder(), 'missing');
    for (const setting of ['node', missing, old]) {
      const attempt = chooseNodeRuntime({ ...NOTHING, setting });
      await expect(attempt, setting).rejects.toThrow(NoNodeError);
      await expect(attempt, setting).rejects.toMatchObject({ path: setting });
    }
  });

  it('is missing when the host is too old as well', async () => {
    await expect(chooseNodeRuntime({ ...NOTHING, hostVersion: '18.0.0' })).rejects.toThrow(NoNodeError);
  });
});

it('the sidecar’s environment is without what VS Code set for itself', () => {
  expect(
    cleanEnvironment({
      PATH: '/bin',
      NODE_OPTIONS: '--inspect',
      NODE_CHANNEL_FD: '3',
      VSCODE_PID: '1',
      ELECTRON_RUN_AS_NODE: '1',
      XDG_RUNTIME_DIR: '/run',
    }),
  ).toEqual({ PATH: '/bin', XDG_RUNTIME_DIR: '/run' });
});
