/**
 * No program of this project outlives its parent, whatever it is doing when the parent is killed. ZIPAR_KILLS=30 kills each
 * parent that many times instead of three, and sets a limit of two seconds. This is for a machine without other work.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { SUBPROTOCOL, tokenSubprotocol } from '../../sidecar/protocol';
import { Orphan } from './orphan';
import { Client } from './sidecar-process';
import { writeSparseModel } from './sparse-model';

const KILLS = Number(process.env.ZIPAR_KILLS ?? 3);
/** Time limit. A program that hangs would hang for ever, so any limit shows it. */
const LIMIT_MS = process.env.ZIPAR_KILLS === undefined ? 20_000 : 2000;
const PRELOAD = path.join(__dirname, 'hanging-call.cjs');
const PROMPT = { kind: 'prompt', prompt: 'mountains at night' } as const;
const EVERY_KILL = Array.from({ length: KILLS }, (_, i) => i + 1);

let folder: string;
let orphan: Orphan | undefined;
const slowest = new Map<string, number>();

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'zipar-orphans-'));
  execFileSync('mkfifo', [path.join(folder, 'fifo.safetensors')]);
  await writeSparseModel(path.join(folder, 'model'), { dim: 768, layers: 12, prefix: 4 });
});
afterEach(() => {
  orphan?.end();
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  for (const [state, ms] of slowest)
    console.log(`${state}: ${KILLS} kills, ended after ${Math.round(ms)} ms at most`);
});

async function start(hang: string, program: string, ...args: readonly string[]): Promise<Orphan> {
  orphan = await Orphan.start(program, args, PRELOAD, {
    ZIPAR_TEST_HANG: hang,
    ZIPAR_TEST_FIFO: path.join(folder, 'fifo.safetensors'),
    ZIPAR_CACHE: path.join(folder, 'cache'),
  });
  return orphan;
}

/** Starts a sidecar that hangs in this way, and a client of it. */
async function startSidecar(hang: string): Promise<{ sidecar: Orphan; client: Client }> {
  const sidecar = await start(hang, 'sidecar.js');
  const { port, token } = JSON.parse(await sidecar.says('listening')) as { port: number; token: string };
  const client = new Client(
    new WebSocket(`ws://127.0.0.1:${port}`, [SUBPROTOCOL, tokenSubprotocol(token)]).on(
      'error',
      () => undefined,
    ),
  );
  await client.next('hello');
  return { sidecar, client };
}

async function expectEnd(state: string, orphaned: Orphan): Promise<void> {
  const ms = await orphaned.killParent(LIMIT_MS);
  expect(ms).toBeDefined();
  slowest.set(state, Math.max(slowest.get(state) ?? 0, ms ?? 0));
}

// A FIFO is the only native call that certainly hangs, and Windows has no FIFOs.
describe.skipIf(process.platform === 'win32')('the sidecar ends with its parent', () => {
  it.each(EVERY_KILL)('while it has nothing to do (%i)', async () => {
    const { sidecar } = await startSidecar('');
    await expectEnd('idle', sidecar);
  });

  it.each(
    ['loading', 'decoding', 'drawing'].flatMap((state) => EVERY_KILL.map((kill) => [state, kill] as const)),
  )('inside a native call that never returns while %s (%i)', async (state) => {
    const { sidecar, client } = await startSidecar(state);
    client.send({
      type: 'generate',
      request: { condition: PROMPT, decoderSettings: { window: 1 }, provider: 'cpu' },
    });
    await sidecar.says('hangs');
    await expectEnd(state, sidecar);
  });

  it.each(EVERY_KILL)(
    'while it packs weights, and leaves no packed file that is not whole (%i)',
    async () => {
      const { sidecar, client } = await startSidecar('');
      const model = path.join(folder, 'model');
      const condition = { kind: 'caption', file: path.join(model, 'caption.safetensors') };
      client.send({
        type: 'generate',
        request: { model, condition, precision: 'int8', provider: 'cpu', tokensOnly: true },
      });
      await client.next('packing');
      await expectEnd('packing', sidecar);
      const files = await readdir(path.join(folder, 'cache'), { recursive: true });
      expect(files.filter((file) => file.endsWith('.safetensors'))).toEqual([]);
    },
  );

  it.each(EVERY_KILL)('while it reads a FIFO on request (%i)', async () => {
    const { sidecar, client } = await startSidecar('');
    client.send({ type: 'list-models', folders: [path.join(folder, 'fifo.safetensors')] });
    await client.ping();
    await expectEnd('reading a FIFO', sidecar);
  });

  it.each(EVERY_KILL)('while its main thread is busy (%i)', async () => {
    const { sidecar } = await startSidecar('main thread');
    sidecar.signal('SIGUSR2');
    await sidecar.says('hangs');
    await expectEnd('main thread busy', sidecar);
  });
});

describe.skipIf(process.platform === 'win32')('a program that another one started ends with it', () => {
  it.each(EVERY_KILL)('the proof of a provider inside a driver that hangs (%i)', async () => {
    const proof = await start('loading', 'provider-proof.js', 'cpu', 'full', folder);
    await proof.says('hangs');
    await expectEnd('provider proof', proof);
  });

  it.each(EVERY_KILL)('an evaluation (%i)', async () => {
    const evaluation = await start(
      'loading',
      'zipar.js',
      ...[
        'eval',
        '--images',
        '1',
        '--decoders',
        'zipar:8',
        '--provider',
        'cpu',
        '--out',
        path.join(folder, 'eval'),
      ],
    );
    await evaluation.says('hangs');
    await expectEnd('evaluation', evaluation);
  });
});
