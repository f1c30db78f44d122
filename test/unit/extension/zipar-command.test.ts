import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runZiparCommand, ZiparCommandError } from '../../../extension/zipar-command';
import { temporaryFolder } from './temporary-folder';

const folder = temporaryFolder();

function run(
  script: string,
  execPath = process.execPath,
  signal = new AbortController().signal,
): Promise<string | undefined> {
  const file = join(folder(), 'zipar.js');
  writeFileSync(file, script);
  return runZiparCommand({
    runtime: { execPath, version: process.versions.node, source: 'path', env: {} },
    script: file,
    arguments: ['add', 'ada/model'],
    environment: { HF_TOKEN: 'hf_test' },
    onMessage: () => undefined,
    signal,
  });
}

it('a command has its own environment, and is told to send no telemetry', async () => {
  const output = await run(
    `console.log(process.env.HF_TOKEN, process.env.ORT_DISABLE_TELEMETRY); process.disconnect();`,
  );
  expect(output).toBe('hf_test 1');
});

it('a command that is cancelled before it begins is not begun', async () => {
  expect(await run(`console.log('ran'); process.disconnect();`, process.execPath, AbortSignal.abort())).toBe(
    undefined,
  );
});

it('a command that cannot be started says so', async () => {
  await expect(run('', join(folder(), 'no-node'))).rejects.toThrow(ZiparCommandError);
});

it.skipIf(process.platform === 'win32')('a command that is killed names the signal', async () => {
  await expect(run(`process.kill(process.pid, 'SIGKILL');`)).rejects.toThrow(
    'zipar add was ended by SIGKILL.',
  );
});
