/** Tests the real sidecar process over a real WebSocket, with the embedded model. */
import { describeDecoders } from '../../sidecar/decoding/decoder-table';
import { publishedRepositories } from '../../sidecar/engine/published-repositories';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  MAX_MESSAGE_BYTES,
  PROTOCOL_VERSION,
  SUBPROTOCOL,
  tokenSubprotocol,
  type Snapshot,
} from '../../sidecar/protocol';
import { readPngText } from '../../sidecar/image/png';
import { SidecarProcess, type Client } from './sidecar-process';
import { writeSparseModel } from './sparse-model';
import { inEnglish } from '../../sidecar/protocol/sentence';
import { EMBEDDED, fixedWindowSteps } from '../fixtures/embedded-model';

/** Steps of ZipAR with window 4. */
const STEPS = fixedWindowSteps(4);

let sidecar: SidecarProcess;
beforeEach(async () => {
  sidecar = await SidecarProcess.start();
});
afterEach(() => sidecar.kill());

function judgementsOf({ events }: Snapshot) {
  return events.filter((event) => event.kind === 'judged');
}

describe('access', () => {
  it('is refused with 401, before the upgrade, to a client without the token', async () => {
    expect(await sidecar.knock([SUBPROTOCOL])).toBe(401);
    expect(await sidecar.knock([SUBPROTOCOL, tokenSubprotocol('0'.repeat(64))])).toBe(401);
    expect(await sidecar.knock([SUBPROTOCOL, tokenSubprotocol('')])).toBe(401);
    expect(await sidecar.knock([SUBPROTOCOL, tokenSubprotocol(sidecar.token)])).toBe('accepted');
  });

  it.each([
    ['https://example.com', 403],
    ['http://127.0.0.1.example.com', 403],
    ['null', 403],
    ['vscode-webview://1abc', 'accepted'],
    ['http://127.0.0.1:8080', 'accepted'],
  ] as const)('depends on the Origin, token or not: %s', async (origin, expected) => {
    expect(await sidecar.knock([SUBPROTOCOL, tokenSubprotocol(sidecar.token)], { origin })).toBe(expected);
  });

  it('is to loopback only', async () => {
    const { networkInterfaces } = await import('node:os');
    const others = Object.values(networkInterfaces()).flatMap((list) =>
      (list ?? []).flatMap(({ address, family, internal }) =>
        !internal && family === 'IPv4' ? [address] : [],
      ),
    );
    for (const address of others) await expect(fetch(`http://${address}:${sidecar.port}`)).rejects.toThrow();
    expect((await fetch(`http://127.0.0.1:${sidecar.port}`)).status).toBe(426);
  });
});

describe('a connection', () => {
  it('begins with a hello', async () => {
    const client = await sidecar.connect();
    expect(client.messages[0]).toMatchObject({
      type: 'hello',
      protocol: PROTOCOL_VERSION,
      capabilities: { decoders: describeDecoders(), repositories: publishedRepositories() },
    });
  });

  it('counts the steps of choices without decoding, and says what is wrong with a choice', async () => {
    const client = await sidecar.connect();
    const choices = [
      { decoder: 'zipar', settings: {} },
      { decoder: 'zipar-adaptive', settings: { window: 4 } },
      { decoder: 'raster', settings: {} },
      { decoder: 'zipar', settings: { window: 17 } },
    ];
    const id = client.send({ type: 'count-steps', grid: [16, 16], modelWindow: 9, choices });
    const answer = await client.next('decoding-costs');
    expect(answer).toMatchObject({
      id,
      rasterSteps: 256,
      costs: [
        { kind: 'steps', least: 151, most: 151 },
        { kind: 'steps', least: 91, most: 256 },
        { kind: 'steps', least: 256, most: 256 },
        { kind: 'problem' },
      ],
    });
    const problem = answer.costs.find(({ kind }) => kind === 'problem');
    expect(problem?.kind === 'problem' && inEnglish(problem.problem)).toContain('1..16');
  });

  it('answers unknown messages with a typed error and stays open', async () => {
    const client = await sidecar.connect();
    client.socket.send('{');
    client.socket.send(Buffer.from([1, 2, 3]));
    const unknown = client.send({ type: 'sing' });
    const missing = client.send({ type: 'watch', runId: 99 });
    expect((await client.next('error', ({ error }) => error.code === 'malformed-message')).id).toBe(-1);
    expect((await client.next('error', ({ error }) => error.code === 'unsupported-frame')).id).toBe(-1);
    expect((await client.next('error', ({ error }) => error.code === 'unknown-message')).id).toBe(unknown);
    expect((await client.next('error', ({ error }) => error.code === 'not-found')).id).toBe(missing);
    expect(await client.ping()).toBeGreaterThan(0);
  });

  it('is closed when a message is too large, and only that one', async () => {
    const [rude, polite] = [await sidecar.connect(), await sidecar.connect()];
    rude.socket.send('x'.repeat(MAX_MESSAGE_BYTES + 1));
    await once(rude.socket, 'close');
    expect(await polite.ping()).toBeGreaterThan(0);
  });
});

describe('generating', () => {
  it('streams complete snapshots and ends with the picture', async () => {
    const client = await sidecar.connect();
    const run = await client.generate({ seed: 7, decoderSettings: { window: 4 }, decoder: 'zipar' });
    const ended = await client.next('run-ended');
    expect(ended).toMatchObject({ runId: run.runId, state: 'complete', steps: STEPS });
    const last = (await client.nextFrame('snapshot', ({ snapshot }) => snapshot.step === STEPS)).snapshot;
    expect([...last.tokens].every((token) => token >= 0)).toBe(true);
    expect(last.stepMs).toHaveLength(STEPS);
    expect([...last.stepOf.slice(0, 6)]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(last.stepOf[EMBEDDED.grid.width]).toBe(5);
    const [probability] = last.tracks;
    expect(probability?.name).toBe('probability');
    expect(probability?.values.every((p) => p > 0 && p <= 1)).toBe(true);
    const steps = client.frames.flatMap((frame) => (frame.kind === 'snapshot' ? [frame.snapshot.step] : []));
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(steps.length).toBeGreaterThan(1);
    const { picture } = await client.nextFrame('picture', (frame) => frame.picture.step === STEPS);
    expect([picture.width, picture.height]).toEqual([EMBEDDED.image.width, EMBEDDED.image.height]);
    expect(new Set(picture.rgb).size).toBeGreaterThan(20);
  });

  it('reports what happened to the candidates of each row that may wait', async () => {
    const client = await sidecar.connect();
    const run = await client.generate({ seed: 7, decoderSettings: { window: 1 }, decoder: 'zipar-adaptive' });
    expect(run).toMatchObject({ leastSteps: fixedWindowSteps(2), mostSteps: EMBEDDED.cells });
    const { steps } = await client.next('run-ended');
    const { snapshot } = await client.nextFrame('snapshot', (frame) => frame.snapshot.step === steps);
    expect(snapshot.leastSteps).toBe(steps);
    const judgements = judgementsOf(snapshot);
    const rows = new Set(judgements.map(({ position }) => position / EMBEDDED.grid.width));
    expect([...rows]).toEqual(Array.from({ length: EMBEDDED.grid.height - 1 }, (_, i) => i + 1));
    expect(judgements.some(({ accepted }) => !accepted)).toBe(true);
    for (const { step, position, token, accepted, wider } of judgements) {
      if (!accepted) continue;
      expect([snapshot.tokens[position], snapshot.stepOf[position]]).toEqual([token, step]);
      expect(snapshot.tracks[0]?.values[position]).toBeCloseTo(wider, 5);
    }
    for (const { snapshot: then } of client.frames.flatMap((frame) =>
      frame.kind === 'snapshot' ? [frame] : [],
    ))
      expect(judgementsOf(then)).toEqual(judgements.filter(({ step }) => step <= then.step));
  });

  it('draws the picture as it stood after any step', async () => {
    const client = await sidecar.connect();
    const run = await client.generate({ seed: 7, decoderSettings: { window: 4 } });
    await client.next('run-ended');
    const early = client.send({ type: 'preview', runId: run.runId, step: 20 });
    const late = client.send({ type: 'preview', runId: run.runId, step: STEPS });
    const beyond = client.send({ type: 'preview', runId: run.runId, step: STEPS + 1 });
    const pictures = await Promise.all(
      [early, late].map((id) => client.nextFrame('picture', (frame) => frame.picture.id === id)),
    );
    expect(pictures[0]?.picture.rgb).not.toEqual(pictures[1]?.picture.rgb);
    expect((await client.next('error', (message) => message.id === beyond)).error).toMatchObject({
      code: 'bad-request',
    });
  });

  it('exports a PNG that says how it was made', async () => {
    const client = await sidecar.connect();
    const run = await client.generate({ seed: 7, decoderSettings: { window: 8 } });
    await client.next('run-ended');
    const id = client.send({ type: 'export-png', runId: run.runId });
    const { file } = await client.nextFrame('file', (frame) => frame.file.id === id);
    const text = readPngText(file.bytes);
    expect(file.mediaType).toBe('image/png');
    expect(text.get('parameters')).toContain('mountains at night');
    expect(JSON.parse(text.get('zipar') ?? '')).toMatchObject({
      seed: 7,
      window: 8,
      decoder: 'zipar',
      steps: fixedWindowSteps(8),
    });
  });

  it('informs every client, and sends snapshots to the clients that watch', async () => {
    const [maker, watcher, idle] = [
      await sidecar.connect(),
      await sidecar.connect(),
      await sidecar.connect(),
    ];
    const run = await maker.generate({ seed: 1, decoderSettings: { window: 2 } });
    expect((await watcher.next('run-started')).run.runId).toBe(run.runId);
    watcher.send({ type: 'watch', runId: 0 });
    expect((await watcher.next('run-description')).run.runId).toBe(run.runId);
    await Promise.all([maker, watcher, idle].map((client) => client.next('run-ended')));
    await watcher.nextFrame('snapshot', ({ snapshot }) => snapshot.step === run.leastSteps);
    expect(idle.frames).toEqual([]);
  });

  it('refuses a second run while one is under way, and takes it afterwards', async () => {
    const client = await sidecar.connect();
    await client.generate({ decoder: 'raster' });
    const second = client.send({
      type: 'generate',
      request: { condition: { kind: 'prompt', prompt: 'sea' } },
    });
    expect((await client.next('error', (message) => message.id === second)).error.code).toBe('busy');
    await client.next('run-ended');
    await client.generate({ decoderSettings: { window: 1 } });
  });

  it.each([
    [{ decoderSettings: { window: EMBEDDED.grid.width + 1 } }, 'bad-request', `1..${EMBEDDED.grid.width}`],
    [{ decoderSettings: { window: 0 } }, 'bad-request', `1..${EMBEDDED.grid.width}`],
    [{ decoder: 'fast' }, 'bad-request', 'raster, zipar, zipar-adaptive'],
    [{ decoder: 'zipar', decoderSettings: { drafts: 4 } }, 'bad-request', 'no setting "drafts"'],
    [{ temperature: 0 }, 'bad-request', 'Temperature'],
    [{ topP: 2 }, 'bad-request', 'Top-p'],
    [{ provider: 'coreml' }, 'bad-request', 'coreml'],
    [{ model: 'no-such-model' }, 'bad-request', 'no-such-model'],
    [{ model: './no/such/folder' }, 'model-invalid', 'zipar-model.json'],
    [{ condition: { kind: 'prompt', prompt: 'xyzzy' } }, 'bad-request', 'Try something like'],
    [{ condition: { kind: 'class', label: 3 } }, 'bad-request', 'prompt'],
  ] as const)('refuses %o in one sentence and stays ready', async (wrong, code, named) => {
    const client = await sidecar.connect();
    const id = client.send({
      type: 'generate',
      request: { condition: { kind: 'prompt', prompt: 'sea' }, ...wrong },
    });
    const { error } = await client.next('error', (message) => message.id === id);
    expect(error.code).toBe(code);
    expect(error.message).toContain(named);
    await client.generate({ decoderSettings: { window: 1 } });
  });

  it('names words it does not know and goes on with the rest', async () => {
    const client = await sidecar.connect();
    const id = client.send({
      type: 'generate',
      request: {
        condition: { kind: 'prompt', prompt: 'a dragon above mountains' },
        decoderSettings: { window: 1 },
      },
    });
    const { notices } = await client.next('run-started', (message) => message.id === id);
    expect(notices).toHaveLength(1);
    expect(notices.map(inEnglish)[0]).toContain('“dragon”');
  });
});

describe('while a step takes long', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'zipar-sparse-'));
    await writeSparseModel(folder, { dim: 768, layers: 12, prefix: 480 });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('a ping is answered at once and a cancel ends the run within the step', async () => {
    const client = await sidecar.connect();
    const run = await client.generate({
      model: folder,
      condition: { kind: 'caption', file: path.join(folder, 'caption.safetensors') },
      tokensOnly: true,
      guidance: 4,
    });
    const pings: number[] = [];
    for (let i = 0; i < 9; i++) pings.push(await client.ping());
    // The prompt's step is still in progress: no step was reported.
    expect(client.frames.filter((frame) => frame.kind === 'snapshot' && frame.snapshot.step > 0)).toEqual([]);
    client.send({ type: 'cancel', runId: run.runId });
    const ended = await client.next('run-ended');
    expect(ended).toMatchObject({ state: 'cancelled', steps: 1 });
    // The median counts: one ping in nine may meet a busy machine, but no ping would pass a blocked thread.
    expect(pings.sort((a, b) => a - b)[4]).toBeLessThan(50);
    const snapshot = (await client.nextFrame('snapshot', (frame) => frame.snapshot.step === 1)).snapshot;
    expect(snapshot.stepMs[0]).toBeGreaterThan(500); // long enough for the pings to be meaningful
  });
});

describe('the process', () => {
  it('ends by itself when its parent is killed', async () => {
    const parent = spawn(
      process.execPath,
      [
        '-e',
        `const c = require('node:child_process').fork(process.argv[1], [], { stdio: 'ignore', serialization: 'json' }); c.on('message', (m) => console.log(c.pid, m.port));`,
        path.join(__dirname, '../../dist/sidecar.js'),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const [pid, port] = line.toString().split(' ').map(Number);
    expect((await fetch(`http://127.0.0.1:${port}`)).status).toBe(426);
    parent.kill('SIGKILL');
    await expect.poll(() => isAlive(pid ?? 0), { timeout: 5000 }).toBe(false);
  });

  it('that was killed in the middle of a run is replaced by one that works', async () => {
    const client = await sidecar.connect();
    await client.generate({ decoder: 'raster' });
    sidecar.child.kill('SIGKILL');
    await once(client.socket, 'close');
    sidecar = await SidecarProcess.start();
    const next = await sidecar.connect();
    await next.generate({ decoderSettings: { window: 1 } });
    expect(await next.next('run-ended')).toMatchObject({ state: 'complete' });
  });

  it('serves several clients that come and go', async () => {
    const gone: Client[] = [];
    for (let i = 0; i < 5; i++) gone.push(await sidecar.connect());
    for (const client of gone) client.socket.terminate();
    expect(await (await sidecar.connect()).ping()).toBeGreaterThan(0);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
