/**
 * No data leaves the machine, and no data about it is written. ONNX Runtime's telemetry is off if `CI` is set. So every program
 * here runs without that variable, and without the variable that the tests set.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SidecarProcess } from './sidecar-process';
import { runZipar } from './zipar-process';
import { EMBEDDED } from '../fixtures/embedded-model';

const DIST = path.join(__dirname, '../../dist');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-telemetry-'));
  for (const name of ['home', 'temporary', 'work']) mkdirSync(path.join(folder, name));
  writeFileSync(path.join(folder, 'tokens.json'), JSON.stringify(new Array(EMBEDDED.cells).fill(3)));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A user's environment with empty folders. */
function environment(): Record<string, string | undefined> {
  const temporary = path.join(folder, 'temporary');
  return {
    CI: undefined,
    ORT_DISABLE_TELEMETRY: undefined,
    HOME: path.join(folder, 'home'),
    TMPDIR: temporary,
    TEMP: temporary,
    TMP: temporary,
    XDG_CACHE_HOME: undefined,
    XDG_DATA_HOME: undefined,
    ZIPAR_CACHE: undefined,
  };
}

function expectNothingLeft(): void {
  const left = ['home', 'temporary'].flatMap((name) =>
    readdirSync(path.join(folder, name), { recursive: true }).map((file) => `${name}/${String(file)}`),
  );
  expect(left.filter((file) => !/^home\/\.cache(\/zipar-studio(\/|$)|$)/.test(file))).toEqual([]);
}

/** Every command that computes, and what each of them starts: the inference thread, proofs, measuring processes, jobs. */
const COMMANDS: readonly (readonly string[])[] = [
  ['generate', 'snow', '--seed', '1', '--out', 'a.png'],
  ['generate', 'snow', '--seed', '1', '--tokens-only', '--precision', 'int8'],
  ['score', 'snow', '--tokens', '../tokens.json'],
  ['decode', '--tokens', '../tokens.json', '--out', 'b.png'],
  ['eval', '--images', '2', '--decoders', 'zipar:1', '--jobs', '2'],
  ['bench', '--rounds', '1', '--passes', '1', '--windows', 'none', '--tokens', '1', '--lengths', '64'],
  ['doctor'],
];

describe('without CI in the environment, in an empty home', () => {
  it.each(COMMANDS)('zipar %s leaves only its own files', async (...args) => {
    const { code, stderr } = await runZipar(path.join(folder, 'work'), args, { environment: environment() });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expectNothingLeft();
  });

  it('a sidecar that has made a picture leaves nothing, even while it runs', async () => {
    const sidecar = await SidecarProcess.start(environment());
    try {
      const client = await sidecar.connect();
      const run = await client.generate({
        condition: { kind: 'prompt', prompt: 'a lake' },
        seed: 1,
        decoderSettings: { window: 4 },
        provider: 'cpu',
      });
      await client.next('run-ended', ({ runId }) => runId === run.runId);
      expectNothingLeft();
    } finally {
      await sidecar.kill();
    }
  });
});

// Only strace shows what native code asks of the system. Where strace is missing or not permitted, these tests are skipped.
const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

describe.skipIf(!canTrace)('as system calls show', () => {
  it.each(COMMANDS)('zipar %s looks up no name and makes no connection', (...args) => {
    const trace = path.join(folder, 'trace');
    const { status } = spawnSync(
      'strace',
      [
        '-f',
        '-e',
        'trace=connect,sendto,sendmsg,openat',
        '-o',
        trace,
        process.execPath,
        path.join(DIST, 'zipar.js'),
        ...args,
      ],
      { cwd: path.join(folder, 'work'), env: { ...process.env, ...environment() } },
    );
    expect(status).toBe(0);
    const calls = readFileSync(trace, 'utf8').split('\n');
    expect(calls.length).toBeGreaterThan(100);
    expect(
      calls.filter((call) => /sa_family=AF_INET|resolv\.conf|\/etc\/hosts|\.onnxruntime|\.ses"/.test(call)),
    ).toEqual([]);
  });
});

it('is off from the first line on in every program that may load ONNX Runtime', () => {
  const withoutEngine = ['extension.js', 'webview.js', 'comparison.js', 'report.js'];
  const programs = readdirSync(DIST).filter((name) => name.endsWith('.js') && !withoutEngine.includes(name));
  expect(programs).toEqual(
    expect.arrayContaining([
      'inference-worker.js',
      'provider-proof.js',
      'sidecar.js',
      'sidecar-main.js',
      'zipar.js',
    ]),
  );
  for (const name of programs) {
    const text = readFileSync(path.join(DIST, name), 'utf8');
    const isOffAt = text.indexOf('process.env.ORT_DISABLE_TELEMETRY="1"');
    expect([name, isOffAt >= 0]).toEqual([name, true]);
    expect([name, text.slice(0, isOffAt).includes('onnxruntime')]).toEqual([name, false]);
  }
});
