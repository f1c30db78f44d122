/**
 * Clients with a token that do not read, ask for everything at once, or change their minds. The sidecar and the model are real.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SidecarProcess } from './sidecar-process';
import { writeSparseModel } from './sparse-model';
import { fixedWindowSteps } from '../fixtures/embedded-model';

const PATIENT = { timeout: 100_000, interval: 200 };

let sidecar: SidecarProcess;
beforeEach(async () => {
  sidecar = await SidecarProcess.start();
});
afterEach(() => sidecar.kill());

/** Resident memory of the sidecar in MB. */
async function residentMegabytes(): Promise<number> {
  const status = await readFile(`/proc/${sidecar.child.pid ?? 0}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** Number of watch requests. Their answers, each with a snapshot, amount to 130 MB. */
const WATCHES = 20_000;
const MOST_MEGABYTES = 90;

describe('a client that does not read', () => {
  it.skipIf(process.platform !== 'linux')(
    'makes no heap of answers, and gets each of them when it reads',
    { timeout: 240_000 },
    async () => {
      const maker = await sidecar.connect();
      const { runId } = await maker.generate({ decoderSettings: { window: 1 } });
      await maker.next('run-ended');
      const unread = await sidecar.connect();
      const before = await residentMegabytes();
      unread.socket.pause();
      for (let i = 0; i < 20; i++) unread.send({ type: 'preview', runId, step: fixedWindowSteps(1) });
      for (let i = 0; i < WATCHES; i++) {
        unread.send({ type: 'watch', runId });
        unread.send({ type: 'unwatch', runId });
        unread.socket.ping('x'.repeat(100));
      }
      for (let i = 0; i < 20; i++) expect(await maker.ping()).toBeGreaterThan(0);
      await maker.generate({ decoderSettings: { window: 1 } });
      await maker.next('run-ended', (message) => message.runId !== runId);
      expect((await residentMegabytes()) - before).toBeLessThan(MOST_MEGABYTES);
      expect(unread.socket.readyState).toBe(unread.socket.OPEN);
      unread.socket.resume();
      const descriptions = (): number =>
        unread.messages.filter(({ type }) => type === 'run-description').length;
      const pictures = (): number => unread.frames.filter(({ kind }) => kind === 'picture').length;
      await expect.poll(descriptions, PATIENT).toBe(WATCHES);
      await expect.poll(pictures, PATIENT).toBe(20);
    },
  );
});

describe('a message', () => {
  it('that is nested deeply is refused, and the sidecar goes on', async () => {
    const client = await sidecar.connect();
    for (const depth of [20, 5000, 250_000])
      client.socket.send(`{"id":1,"type":${'['.repeat(depth)}${']'.repeat(depth)}}`);
    await expect.poll(() => client.messages.filter(({ type }) => type === 'error').length).toBe(3);
    expect(await client.ping()).toBeGreaterThan(0);
  });
});

describe('a check of the hardware', () => {
  it('runs once for all clients that ask meanwhile', async () => {
    const clients = [await sidecar.connect(), await sidecar.connect()];
    const asked = clients.flatMap((client) =>
      Array.from({ length: 5 }, () => ({ client, id: client.send({ type: 'check-hardware' }) })),
    );
    const reports = await Promise.all(
      asked.map(({ client, id }) => client.next('hardware', (message) => message.id === id)),
    );
    expect(new Set(reports.map(({ report }) => JSON.stringify(report))).size).toBe(1);
  });
});

describe('a cancel while the model is loaded', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'zipar-cancel-'));
    await writeSparseModel(folder, { dim: 768, layers: 12, prefix: 4 });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it.each(['named', 'newest'])('ends the run, and the next one works (run %s)', async (which) => {
    const client = await sidecar.connect();
    const id = client.send({
      type: 'generate',
      request: {
        model: folder,
        condition: { kind: 'caption', file: path.join(folder, 'caption.safetensors') },
        tokensOnly: true,
        provider: 'cpu',
      },
    });
    const { runId } = await client.next('loading', (message) => message.id === id);
    client.send({ type: 'cancel', runId: which === 'named' ? runId : 0 });
    const cancelled = await Promise.race([
      client.next('run-ended').then(({ state }) => state),
      client.next('error', (message) => message.id === id).then(({ error }) => error.code),
    ]);
    expect(cancelled).toBe('cancelled');
    const next = await client.generate({ decoderSettings: { window: 1 } });
    expect(await client.next('run-ended', (message) => message.runId === next.runId)).toMatchObject({
      state: 'complete',
    });
  });
});
