/** Runs that wait between two steps, in the real sidecar. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GenerateRequest, RunStop } from '../../sidecar/protocol';
import type { RunRecord } from '../../sidecar/trace-file/run-record';
import { readTraceFile } from '../../sidecar/trace-file/trace-file';
import { SidecarProcess, type Client } from './sidecar-process';
import { EMBEDDED } from '../fixtures/embedded-model';

const PATIENCE_MS = 120_000;
/** A run long enough to be paused in the middle. */
const RASTER = { seed: 7, provider: 'cpu', tokensOnly: true, decoder: 'raster' } as const;

let saves: string;
let sidecar: SidecarProcess;
let client: Client;
beforeEach(async () => {
  saves = mkdtempSync(path.join(tmpdir(), 'zipar-pause-'));
  sidecar = await SidecarProcess.start({ ZIPAR_SAVES: saves });
  client = await sidecar.connect(PATIENCE_MS);
}, PATIENCE_MS);
afterEach(async () => {
  await sidecar.kill();
  rmSync(saves, { recursive: true, force: true });
});

function savedFiles(): string[] {
  return readdirSync(saves).filter((name) => name.endsWith('.zipar'));
}

/** Begins a run and pauses it. @returns its id, and the step after which it waits */
async function paused(request: Partial<GenerateRequest> = {}): Promise<{ runId: number; step: number }> {
  const { runId } = await client.generate({ ...RASTER, ...request });
  client.send({ type: 'pause', runId });
  return { runId, step: (await client.next('run-paused')).step };
}

/** Lets the run go on, and waits until it waits again. @returns the step after which it waits */
async function runTo(runId: number, until: RunStop): Promise<number> {
  const earlier = client.messages.length;
  client.send({ type: 'go-on', runId, until });
  const isNew = (message: (typeof client.messages)[number]): boolean =>
    client.messages.indexOf(message) >= earlier;
  return (await client.next('run-paused', isNew)).step;
}

async function refusal(request: { readonly type: string } & Record<string, unknown>): Promise<string> {
  const id = client.send(request);
  return (await client.next('error', (message) => message.id === id)).error.message;
}

async function recordOf(from: Client, runId: number): Promise<RunRecord> {
  const id = from.send({ type: 'export-trace', runId });
  const { file } = await from.nextFrame('file', (frame) => frame.file.id === id);
  const record = await readTraceFile(file.bytes);
  if (!record) throw new Error('The file holds no run.');
  return record;
}

/** Makes a run to its end. */
async function complete(from: Client, request: Partial<GenerateRequest>): Promise<RunRecord> {
  const { runId } = await from.generate({ ...RASTER, ...request });
  const { state } = await from.next('run-ended', (message) => message.runId === runId);
  expect(state).toBe('complete');
  return recordOf(from, runId);
}

describe('a paused run', { timeout: 2 * PATIENCE_MS }, () => {
  it('makes a step, runs to a step and to a cell, and has the tokens of a run without pauses', async () => {
    const { runId, step } = await paused();
    expect(await runTo(runId, { kind: 'step', step: step + 1 })).toBe(step + 1);
    expect(await runTo(runId, { kind: 'step', step: 200 })).toBe(200);
    // Raster order decides cell 219 in step 220.
    expect(await runTo(runId, { kind: 'cell', position: 219 })).toBe(220);
    expect(await refusal({ type: 'go-on', runId, until: { kind: 'step', step: 9 } })).toBe(
      'Step 9 is done already; name a step after 220.',
    );
    expect(
      await refusal({ type: 'go-on', runId, until: { kind: 'cell', position: EMBEDDED.grid.width + 1 } }),
    ).toBe('Row 2, column 2 is decided already; name a cell that is not.');
    expect(
      await refusal({ type: 'go-on', runId, until: { kind: 'cell', position: EMBEDDED.cells } }),
    ).toContain(`outside the grid of ${EMBEDDED.grid.height}x${EMBEDDED.grid.width} tokens`);
    client.send({ type: 'go-on', runId });
    await client.next('run-ended');
    const record = await recordOf(client, runId);
    const other = await complete(client, {});
    expect(record.snapshot.tokens).toEqual(other.snapshot.tokens);
    expect(savedFiles()).toEqual([]);
    expect(await refusal({ type: 'pause', runId })).toContain('No such run is being made');
  });

  it('tells a page that comes later, and its cells can be computed again with the model in memory', async () => {
    const { runId, step } = await paused();
    const page = await sidecar.connect(PATIENCE_MS);
    page.send({ type: 'watch', runId: 0 });
    expect((await page.next('run-description')).run).toMatchObject({ runId, isPaused: true });
    const id = page.send({ type: 'inspect-cell', runId, position: 0 });
    const { drawn } = await page.next('cell-alternatives', (message) => message.id === id);
    expect(drawn.token).toBe((await recordOf(page, runId)).snapshot.tokens[0]);
    expect(
      await refusal({ type: 'generate', request: { condition: { kind: 'prompt', prompt: 'sea' } } }),
    ).toContain('A picture is being made');
    expect(await runTo(runId, { kind: 'step', step: step + 1 })).toBe(step + 1);
  });

  it('holds nothing that a sidecar of another window needs', async () => {
    await paused();
    const other = await SidecarProcess.start({ ZIPAR_SAVES: saves });
    try {
      const otherClient = await other.connect(PATIENCE_MS);
      expect((await complete(otherClient, { decoder: 'zipar' })).snapshot.step).toBeGreaterThan(1);
    } finally {
      await other.kill();
    }
  });

  it.each(['killed', 'cancelled'] as const)('that is %s goes on with the same tokens', async (how) => {
    const { runId } = await paused();
    const step = await runTo(runId, { kind: 'step', step: 100 });
    if (how === 'killed') await sidecar.kill();
    else {
      client.send({ type: 'cancel', runId });
      expect(await client.next('run-ended')).toMatchObject({ state: 'cancelled', steps: step });
    }
    await expect.poll(savedFiles).toHaveLength(1);
    const [file = ''] = savedFiles();
    const next = await SidecarProcess.start({ ZIPAR_SAVES: saves });
    try {
      const after = await next.connect(PATIENCE_MS);
      const gone = await complete(after, { resume: path.join(saves, file) });
      expect(gone.snapshot.tokens).toEqual((await complete(after, {})).snapshot.tokens);
    } finally {
      await next.kill();
    }
  });
});
