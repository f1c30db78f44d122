/** A picture that takes seconds to draw: what happens during that time, and what ends it. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GenerateRequest } from '../../sidecar/protocol';
import { writeSlowPictureModel } from '../checkpoints/slow-picture-model';
import { SidecarProcess, type Client } from './sidecar-process';

const SIDE = 16;
/** Generous limit, because this is no test of speed and a busy machine draws slowly. */
const PATIENCE_MS = 120_000;
const STEPS = 2 * SIDE - 1;

let folder: string;
let request: Partial<GenerateRequest>;
let sidecar: SidecarProcess;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'zipar-drawing-'));
  await writeSlowPictureModel(folder, SIDE);
  request = {
    model: folder,
    condition: { kind: 'class', label: 1 },
    seed: 7,
    decoderSettings: { window: 1 },
    provider: 'cpu',
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  sidecar = await SidecarProcess.start();
});
afterEach(() => sidecar.kill());

/** Resolves when every token is decided and the picture is being drawn. */
async function decoded(client: Client, runId: number): Promise<void> {
  await client.nextFrame('snapshot', ({ snapshot }) => snapshot.runId === runId && snapshot.step === STEPS);
}

function hasPicture(client: Client): boolean {
  return client.frames.some(({ kind }) => kind === 'picture');
}

describe('while a picture is drawn', { timeout: 2 * PATIENCE_MS }, () => {
  it('a cancel ends the run before the picture is there, and keeps its tokens', async () => {
    const client = await sidecar.connect(PATIENCE_MS);
    const run = await client.generate(request);
    await decoded(client, run.runId);
    expect(client.messages.some(({ type }) => type === 'run-ended')).toBe(false);
    client.send({ type: 'cancel', runId: run.runId });
    expect(await client.next('run-ended')).toMatchObject({ state: 'cancelled', steps: STEPS });
    expect(hasPicture(client)).toBe(false);

    const next = await client.generate(request);
    expect(await client.next('run-ended', ({ runId }) => runId === next.runId)).toMatchObject({
      state: 'complete',
    });
    const id = client.send({ type: 'preview', runId: run.runId, step: STEPS });
    const { picture } = await client.nextFrame('picture', (frame) => frame.picture.id === id);
    const made = await client.nextFrame('picture', (frame) => frame.picture.runId === next.runId);
    expect(picture.rgb).toEqual(made.picture.rgb);
  });

  it('on request, the run goes on, and a cancel ends it before the picture is there', async () => {
    const client = await sidecar.connect(PATIENCE_MS);
    const run = await client.generate({ ...request, decoder: 'raster' });
    await client.nextFrame('snapshot', ({ snapshot }) => snapshot.step > 0);
    const id = client.send({ type: 'preview', runId: run.runId, step: 1 });
    const { snapshot } =
      client.frames.flatMap((frame) => (frame.kind === 'snapshot' ? [frame] : [])).at(-1) ?? {};
    await client.nextFrame('snapshot', (frame) => frame.snapshot.step > (snapshot?.step ?? 0));
    client.send({ type: 'cancel', runId: run.runId });
    expect(await client.next('run-ended')).toMatchObject({ state: 'cancelled' });
    expect(hasPicture(client)).toBe(false);
    const { picture } = await client.nextFrame('picture', (frame) => frame.picture.id === id);
    expect([picture.width, picture.height]).toEqual([16 * SIDE, 16 * SIDE]);
  });

  it('a sidecar that is killed ends the drawing process too', async ({ skip }) => {
    if (process.platform === 'win32') skip('ps is not there');
    const client = await sidecar.connect(PATIENCE_MS);
    const run = await client.generate(request);
    await decoded(client, run.runId);
    const drawing = childrenOf(sidecar.child.pid ?? 0);
    expect(drawing.length).toBeGreaterThan(0);
    sidecar.child.kill('SIGKILL');
    await once(sidecar.child, 'exit');
    await expect.poll(() => drawing.filter(isAlive), { timeout: 20_000 }).toEqual([]);
  });
});

describe('a finished picture', { timeout: 2 * PATIENCE_MS }, () => {
  it('is drawn once: exporting it draws nothing', async ({ skip }) => {
    if (process.platform === 'win32') skip('ps is not there');
    const client = await sidecar.connect(PATIENCE_MS);
    const run = await client.generate(request);
    await client.next('run-ended');
    const [drawing] = childrenOf(sidecar.child.pid ?? 0);
    if (drawing === undefined) throw new Error('No process draws.');
    process.kill(drawing, 'SIGSTOP');
    try {
      const id = client.send({ type: 'export-png', runId: run.runId });
      const { file } = await client.nextFrame('file', (frame) => frame.file.id === id);
      expect(file.mediaType).toBe('image/png');
    } finally {
      process.kill(drawing, 'SIGCONT');
    }
  });
});

function childrenOf(parent: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  const rows = lines.map((line) => line.trim().split(/\s+/));
  return rows
    .filter(([, ppid, ...args]) => Number(ppid) === parent && args.join(' ').includes('picture-program'))
    .map(([pid]) => Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
