import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { endpointFrom, SidecarProcess } from '../../../extension/sidecar-process';
import {
  SidecarExitedAtStartError,
  SidecarSpawnError,
  SidecarStartTimeoutError,
} from '../../../extension/sidecar-errors';
import { temporaryFolder } from './temporary-folder';
import { inEnglish } from '../../../sidecar/protocol';

const RUNTIME = {
  execPath: process.execPath,
  version: process.versions.node,
  source: 'path',
  env: {},
} as const;
const LISTEN = `process.send({ type: 'listening', port: 40123, token: 's3cret' });`;
const LEAVE_WITH_PARENT = `process.on('disconnect', () => process.exit(0));`;

describe('the sidecar process', () => {
  const folder = temporaryFolder();

  async function start(
    source: string,
    options: { lines?: string[]; timeoutMs?: number; execPath?: string } = {},
  ) {
    const script = path.join(folder(), 'sidecar.js');
    await writeFile(script, source);
    return SidecarProcess.start({
      runtime: { ...RUNTIME, execPath: options.execPath ?? RUNTIME.execPath },
      script,
      timeoutMs: options.timeoutMs ?? 20_000,
      onLine: (line) => options.lines?.push(line),
    });
  }

  it('is started when it says where it listens', async () => {
    const sidecar = await start(`${LISTEN} ${LEAVE_WITH_PARENT}`);
    expect(sidecar.endpoint).toEqual({ url: 'ws://127.0.0.1:40123', token: 's3cret' });
    await sidecar.stop();
  });

  it('ends when its channel is closed', async () => {
    const sidecar = await start(`${LISTEN} ${LEAVE_WITH_PARENT}`);
    await sidecar.stop();
    expect(inEnglish((await sidecar.ended).exit)).toBe('exit code 0');
  });

  it('is killed when it does not end by itself', async () => {
    const sidecar = await start(`${LISTEN} setInterval(() => {}, 1000); process.on('disconnect', () => {});`);
    await sidecar.stop();
    expect(inEnglish((await sidecar.ended).exit)).toBe('signal SIGKILL');
  });

  it('tells why it died, with its last words', async () => {
    const sidecar = await start(
      `${LISTEN} setTimeout(() => { console.error('out of memory'); process.exit(134); }, 50);`,
    );
    const died = await sidecar.ended;
    expect(inEnglish(died.exit)).toBe('exit code 134');
    expect(died.stderr).toEqual(['out of memory']);
  });

  it('fails with what it wrote when it ends before it listens', async () => {
    const attempt = start(`console.error('no such library'); process.exit(1);`);
    await expect(attempt).rejects.toThrow(SidecarExitedAtStartError);
    await expect(attempt).rejects.toMatchObject({
      message: 'Sidecar ended at start (exit code 1)',
      stderr: ['no such library'],
    });
  });

  it('keeps the last twenty lines of stderr', async () => {
    const attempt = start(`for (let i = 1; i <= 50; i++) console.error('line ' + i); process.exitCode = 2;`);
    await expect(attempt).rejects.toMatchObject({
      stderr: Array.from({ length: 20 }, (_, i) => `line ${i + 31}`),
    });
  });

  it('fails when it does not listen in time, and is killed', async () => {
    const attempt = start(`setInterval(() => {}, 1000);`, { timeoutMs: 300 });
    await expect(attempt).rejects.toThrow(SidecarStartTimeoutError);
  });

  it('fails when the program does not exist', async () => {
    await expect(start(LISTEN, { execPath: path.join(folder(), 'no-node') })).rejects.toThrow(
      SidecarSpawnError,
    );
  });

  it('hands every line to the log, but never the token', async () => {
    const lines: string[] = [];
    const sidecar = await start(
      `${LISTEN} console.log('before'); setTimeout(() => { console.log('token is s3cret'); process.exit(); }, 100);`,
      { lines },
    );
    await sidecar.ended;
    expect(lines).toEqual(['before', 'token is [token]']);
  });

  it('hands over no line after it was killed, although lines still come', async () => {
    const script = path.join(folder(), 'sidecar.js');
    await writeFile(script, `${LISTEN} setInterval(() => console.error('late\\n'.repeat(1000)), 20);`);
    const started: { sidecar?: SidecarProcess } = {};
    let killed = false;
    let late = 0;
    const onLine = (): void => {
      if (killed) late++;
      started.sidecar?.kill();
      killed = started.sidecar !== undefined;
    };
    started.sidecar = await SidecarProcess.start({ runtime: RUNTIME, script, timeoutMs: 20_000, onLine });
    await started.sidecar.ended;
    expect({ killed, late }).toEqual({ killed: true, late: 0 });
  });

  it('is not given what VS Code set for itself, and is told to send no telemetry', async () => {
    process.env.VSCODE_TEST_ONLY = 'secret';
    const lines: string[] = [];
    const sidecar = await start(
      `console.log(process.env.VSCODE_TEST_ONLY, process.env.ORT_DISABLE_TELEMETRY); ${LISTEN} process.exit();`,
      { lines },
    );
    delete process.env.VSCODE_TEST_ONLY;
    await sidecar.ended;
    expect(lines).toEqual(['undefined 1']);
  });
});

describe('the first message of the sidecar', () => {
  it.each([
    undefined,
    'listening',
    { type: 'listening' },
    { type: 'listening', port: 0, token: 'x' },
    { type: 'listening', port: 65536, token: 'x' },
    { type: 'listening', port: 1.5, token: 'x' },
    { type: 'listening', port: '80; script-src *', token: 'x' },
    { type: 'listening', port: 80, token: '' },
    { type: 'other', port: 80, token: 'x' },
  ])('%j names no endpoint', (message) => {
    expect(endpointFrom(message)).toBeUndefined();
  });
});
