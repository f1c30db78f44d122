import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { childEnvironment, chooseNodeRuntime } from '../../../extension/node-runtime';
import { NoNodeError } from '../../../extension/sidecar-errors';
import { temporaryFolder } from './temporary-folder';

const NOTHING = {
  setting: '',
  home: undefined,
  environment: {},
  searchPath: '',
  hostExecPath: '/opt/code/code',
  hostVersion: '22.1.0',
  hostIsElectron: true,
};

// The fake node programs are shell scripts.
describe.skipIf(process.platform === 'win32')('the Node.js that runs the sidecar', () => {
  const folder = temporaryFolder();

  /** Makes a program named node that answers like this version. */
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

  it('may be named from the home folder, or by a variable of the environment', async () => {
    const bin = await fakeNode('set', reporting('/real/node', '20.0.0'));
    const around = { ...NOTHING, home: folder(), environment: { NODE_BIN: bin } };
    for (const setting of ['~/set/node', '${userHome}/set/node', '${env:NODE_BIN}/node'])
      expect(await chooseNodeRuntime({ ...around, setting })).toMatchObject({ execPath: '/real/node' });
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
    const unknown = [
      '~/node',
      '${env:NODE}/node',
      '${workspaceFolder}/node',
      '${workspaceFolder:a}/n',
      '${x}',
    ];
    for (const setting of ['node', missing, old, ...unknown]) {
      const attempt = chooseNodeRuntime({ ...NOTHING, setting });
      await expect(attempt, setting).rejects.toThrow(NoNodeError);
      await expect(attempt, setting).rejects.toMatchObject({ path: setting });
    }
  });

  it('is missing if the host is too old as well, and the message says what was found', async () => {
    const nothing = chooseNodeRuntime({ ...NOTHING, hostVersion: '18.0.0' });
    await expect(nothing).rejects.toMatchObject({
      path: undefined,
      message: 'No usable Node.js: none is on PATH',
    });
    const debians = await fakeNode('debian', reporting('/usr/bin/node', '18.20.4'));
    const old = chooseNodeRuntime({ ...NOTHING, searchPath: debians, hostVersion: '18.0.0' });
    await expect(old).rejects.toThrow(NoNodeError);
    await expect(old).rejects.toMatchObject({
      path: undefined,
      message: `No usable Node.js: ${path.join(debians, 'node')}: it is version 18.20.4, and 20 or newer is needed`,
    });
  });
});

describe('the environment of a process that the extension starts', () => {
  it('is without what VS Code set for itself, and with the telemetry of ONNX Runtime off', () => {
    expect(
      childEnvironment({
        PATH: '/bin',
        NODE_OPTIONS: '--inspect',
        NODE_CHANNEL_FD: '3',
        VSCODE_PID: '1',
        ELECTRON_RUN_AS_NODE: '1',
        XDG_RUNTIME_DIR: '/run',
      }),
    ).toEqual({ PATH: '/bin', XDG_RUNTIME_DIR: '/run', ORT_DISABLE_TELEMETRY: '1' });
  });

  it.each(['ORT_DISABLE_TELEMETRY', 'ort_disable_telemetry'])('is not overruled by %s=0', (name) => {
    expect(childEnvironment({ [name]: '0' })).toEqual({ ORT_DISABLE_TELEMETRY: '1' });
  });
});
