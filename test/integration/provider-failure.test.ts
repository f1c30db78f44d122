/**
 * What happens to a run when its provider fails. Engine and server are real and are used over a socket; the provider fails on
 * purpose.
 */
import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Engine } from '../../sidecar/engine/engine';
import { Providers } from '../../sidecar/engine/providers';
import type { Proof } from '../../sidecar/engine/provider-proof';
import { readPngText } from '../../sidecar/image/png';
import { SUBPROTOCOL, tokenSubprotocol, type GenerateRequest, type Snapshot } from '../../sidecar/protocol';
import { serveEngine, type ListeningSidecar } from '../../sidecar/server/sidecar-server';
import { Client } from './sidecar-process';
import { inEnglish } from '../../sidecar/protocol/sentence';
import { SMALL_MODEL } from '../fixtures/small-model';

const ROOT = path.join(__dirname, '../..');
const WORKER = path.join(ROOT, 'dist/failing-worker.cjs');
const PATHS = {
  worker: WORKER,
  files: path.join(ROOT, 'dist/file-worker.js'),
  pictures: path.join(ROOT, 'dist/picture-program.js'),
  proof: '',
  models: path.dirname(SMALL_MODEL),
};
/** The failing worker makes this file before it hangs. */
const HANGS = path.join(tmpdir(), `zipar-hangs-${process.pid}`);
const FAST: Proof = {
  kind: 'right',
  error: 0,
  times: { small: 0.01, large: 0.1 },
  cpu: { small: 1, large: 10 },
};
const REQUEST = { seed: 7, decoderSettings: { window: 1 }, provider: 'webgpu' } as const;
/** Steps that the request takes: 16 for the first row, and one more for each further row. */
const STEPS = 31;

let sidecar: ListeningSidecar | undefined;

beforeAll(() => {
  buildSync({
    entryPoints: [path.join(__dirname, 'failing-worker.ts')],
    outfile: WORKER,
    bundle: true,
    platform: 'node',
    target: 'node20',
    external: ['onnxruntime-node'],
    logLevel: 'warning',
  });
});
afterEach(async () => {
  delete process.env.ZIPAR_TEST_FAULT;
  rmSync(HANGS, { force: true });
  await sidecar?.close();
  sidecar = undefined;
});

/** A client of a sidecar whose WebGPU passes its proof fast and correctly, and then fails as `fault` says. */
async function clientOf(fault: string): Promise<Client> {
  process.env.ZIPAR_TEST_FAULT = fault;
  process.env.ZIPAR_TEST_HANGS = HANGS;
  const providers = new Providers(() => Promise.resolve(FAST), ['cpu', 'webgpu']);
  sidecar = await serveEngine(new Engine(PATHS, providers, 300), () => undefined);
  const protocols = [SUBPROTOCOL, tokenSubprotocol(sidecar.token)];
  const client = new Client(new WebSocket(`ws://127.0.0.1:${sidecar.port}`, protocols));
  await client.next('hello');
  return client;
}

/** The tokens of the same run on a CPU without failures. */
async function undisturbed(): Promise<readonly number[]> {
  const client = await clientOf('');
  const run = await client.generate({ ...REQUEST, provider: 'cpu' });
  const { tokens } = await lastSnapshot(client, run.runId);
  await sidecar?.close();
  return tokens;
}

async function lastSnapshot(client: Client, runId: number): Promise<{ step: number; tokens: number[] }> {
  const { steps } = await client.next('run-ended', (message) => message.runId === runId);
  const { snapshot } = await client.nextFrame('snapshot', (frame) => fits(frame.snapshot, runId, steps));
  return { step: snapshot.step, tokens: [...snapshot.tokens] };
}

function fits(snapshot: Snapshot, runId: number, step: number): boolean {
  return snapshot.runId === runId && snapshot.step === step;
}

/** Sends a request that may be refused. */
async function refusal(client: Client, request: Partial<GenerateRequest>) {
  const condition = { kind: 'prompt', prompt: 'mountains at night' } as const;
  const id = client.send({ type: 'generate', request: { condition, ...request } });
  return (await client.next('error', (message) => message.id === id)).error;
}

describe('with the CPU to fall back to', () => {
  it.each(['open', 'memory'])(
    'a provider that fails at "%s" is replaced before the run begins',
    async (fault) => {
      const expected = await undisturbed();
      const client = await clientOf(fault);
      const id = client.send({
        type: 'generate',
        request: { condition: { kind: 'prompt', prompt: 'mountains at night' }, ...REQUEST },
      });
      const { run, notices } = await client.next('run-started', (message) => message.id === id);
      expect(run.settings.provider).toBe('cpu');
      expect(notices.map(inEnglish)).toEqual([
        expect.stringMatching(/^WebGPU .*while the model was opened.* The CPU goes on\.$/),
      ]);
      expect((await lastSnapshot(client, run.runId)).tokens).toEqual(expected);
    },
  );

  it.each(['throw:1', 'throw:20', 'crash:20'])(
    'a run whose provider fails (%s) ends with what the CPU decides, and never goes back',
    async (fault) => {
      const expected = await undisturbed();
      const client = await clientOf(fault);
      const started = await client.generate({ ...REQUEST, provider: 'auto' });
      expect(started.settings.provider).toBe('webgpu');
      const moved = await client.next('run-moved');
      expect(moved.run).toMatchObject({ runId: started.runId, settings: { provider: 'cpu' } });
      expect(inEnglish(moved.notice)).toMatch(/^WebGPU .* The CPU goes on\.$/);
      const { step, tokens } = await lastSnapshot(client, started.runId);
      expect({ step, tokens }).toEqual({ step: STEPS, tokens: expected });
      expect(client.messages.find(({ type }) => type === 'run-ended')).toMatchObject({ state: 'complete' });
      const steps = client.frames.flatMap((frame) =>
        frame.kind === 'snapshot' ? [frame.snapshot.step] : [],
      );
      expect(steps).toEqual([...steps].sort((a, b) => a - b));
    },
  );

  it('the picture says that the CPU made it', async () => {
    const client = await clientOf('throw:20');
    const { runId } = await client.generate(REQUEST);
    await client.next('run-ended');
    const id = client.send({ type: 'export-png', runId });
    const { file } = await client.nextFrame('file', (frame) => frame.file.id === id);
    expect(JSON.parse(readPngText(file.bytes).get('zipar') ?? '')).toMatchObject({ provider: 'cpu' });
  });

  it('the CPU draws a picture that the provider cannot draw', async () => {
    const client = await clientOf('image');
    await client.generate(REQUEST);
    expect(await client.next('run-ended')).toMatchObject({ state: 'complete', steps: STEPS });
    await client.nextFrame('picture', ({ picture }) => picture.step === STEPS);
    expect(inEnglish((await client.next('run-moved')).notice)).toContain('while the picture was drawn');
  });

  it('the provider is no longer trusted, whether it is named or not', async () => {
    const client = await clientOf('throw:3');
    await client.generate(REQUEST);
    await client.next('run-ended');
    for (const provider of ['auto', 'webgpu'] as const) {
      const run = await client.generate({ ...REQUEST, provider });
      expect(run.settings.provider).toBe('cpu');
      expect(run.execution.reason).toContain('failed before');
      expect(await client.next('run-ended', ({ runId }) => runId === run.runId)).toMatchObject({
        state: 'complete',
      });
    }
  });

  it('a cancel ends a run whose provider hangs, and the next one works', async () => {
    const client = await clientOf('hang:20');
    const { runId } = await client.generate(REQUEST);
    // A cancel that comes earlier ends the run before the provider fails.
    await expect.poll(() => existsSync(HANGS), { timeout: 60_000 }).toBe(true);
    client.send({ type: 'cancel', runId });
    expect(await client.next('run-ended')).toMatchObject({ runId, state: 'cancelled' });
    const next = await client.generate(REQUEST);
    expect(next.settings.provider).toBe('cpu');
    expect((await lastSnapshot(client, next.runId)).step).toBe(STEPS);
  });
});

describe('when the client asks for an error', () => {
  const strict = { ...REQUEST, onProviderFailure: 'error' } as const;

  it('a provider that fails as it opens is refused in one sentence, and the next run works', async () => {
    const client = await clientOf('open');
    const { code, message } = await refusal(client, strict);
    expect(code).toBe('provider-failed');
    expect(message).toBe('WebGPU failed while the model was opened: device lost.');
    const next = await client.generate({ ...strict, provider: 'auto' });
    expect((await lastSnapshot(client, next.runId)).step).toBe(STEPS);
  });

  it.each([
    ['throw:1', 0],
    ['throw:20', 19],
  ] as const)('a run (%s) fails, its trace is kept, and the next run works', async (fault, steps) => {
    const client = await clientOf(fault);
    const { runId } = await client.generate(strict);
    const ended = await client.next('run-ended');
    expect(ended).toMatchObject({ runId, state: 'failed', steps, error: { code: 'provider-failed' } });
    expect(ended.error?.message).toBe(`WebGPU failed in step ${steps + 1}: device lost.`);
    client.send({ type: 'watch', runId });
    await client.next('run-description');
    const { snapshot } = await client.nextFrame('snapshot', (frame) => fits(frame.snapshot, runId, steps));
    expect([...snapshot.tokens].filter((token) => token >= 0).length).toBeGreaterThanOrEqual(steps);
    const next = await client.generate({ ...strict, provider: 'auto' });
    expect(next.settings.provider).toBe('cpu');
    expect((await lastSnapshot(client, next.runId)).step).toBe(STEPS);
  });

  it('a lack of memory is reported with the need and with advice', async () => {
    const { code, message } = await refusal(await clientOf('memory'), strict);
    expect(code).toBe('out-of-memory');
    expect(message).toMatch(
      /^WebGPU ran out of memory while the model was opened\. The model needs at least \d+ MB \(.*\); .*Choose a smaller model or less precision/,
    );
  });
});
