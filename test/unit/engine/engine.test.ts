/** Tests the engine with threads that end, hang and are cancelled. The threads are scripts of a few lines. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Engine } from '../../../sidecar/engine/engine';
import type { EngineError } from '../../../sidecar/engine/engine-messages';
import { Providers } from '../../../sidecar/engine/providers';
import type { Run } from '../../../sidecar/engine/run';
import type { GenerateRequest } from '../../../sidecar/protocol';

const REQUEST: GenerateRequest = { condition: { kind: 'prompt', prompt: 'sea' } };
const IDS = "const { parentPort } = require('node:worker_threads');";
/** Code that hangs. To the thread's owner it looks like a native call. */
const HANG = 'for (;;);';
const PLAN = {
  job: { folder: '/model', execution: {} },
  settings: { provider: 'cpu', precision: 'stored', guidance: 1 },
  grid: { height: 1, width: 2 },
  steps: { least: 2, most: 2 },
  notices: [],
  patch: 8,
  pictureOperations: 1,
};
const FOUND = "parentPort.postMessage({ type: 'found', id, model: 'm' });";
/** Code that plans every run at once. */
const PLANS = `${FOUND}
  parentPort.postMessage({ type: 'done', id, result: ${JSON.stringify(PLAN)} });`;
const LOADED = "parentPort.postMessage({ type: 'loaded', runId, ms: 1, notices: [] });";
const COMPLETE = "parentPort.postMessage({ type: 'decoded', runId, state: 'complete', ms: 1 });";
const IMAGE =
  "parentPort.postMessage({ type: 'image', imageId, image: { width: 1, height: 1, rgb: new Uint8Array(3) }, ms: 1 });";

/** Code of the drawing process, which runs the same thread. */
const PICTURES = `const thread = new (require('node:worker_threads').Worker)(process.argv[2]);
  thread.on('message', (report) => process.send(report)).on('exit', () => process.exit(1));
  process.on('message', (request) => thread.postMessage(request)).once('disconnect', () => process.exit(0));`;

let folder: string;
let engine: Engine | undefined;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'zipar-engine-'));
});
afterEach(async () => {
  await engine?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Behaviour {
  /** Code that runs when a run's plan is requested. */
  readonly plan?: string;
  /** Code that runs when decoding is requested. */
  readonly decode?: string;
  /** Code that runs when a picture is requested. */
  readonly image?: string;
}

/** Makes an engine whose threads run the given code. `turn` counts the tasks over all threads of one kind. */
async function engineOf({
  plan = PLANS,
  decode = LOADED + COMPLETE,
  image = IMAGE,
}: Behaviour): Promise<Engine> {
  const files = path.join(folder, 'files.cjs');
  const worker = path.join(folder, 'worker.cjs');
  const pictures = path.join(folder, 'pictures.cjs');
  const turn = `const fs = require('node:fs');
    const nextTurn = (what) => { const file = ${JSON.stringify(folder)} + '/' + what; fs.appendFileSync(file, '.'); return fs.readFileSync(file).length; };`;
  await writeFile(
    files,
    `${IDS}${turn} parentPort.on('message', ({ id, task }) => { const turn = nextTurn('plan'); ${plan} });`,
  );
  await writeFile(
    worker,
    `${IDS}${turn} parentPort.on('message', ({ type, runId, imageId }) => {
      if (type === 'decode') { const turn = nextTurn('decode'); ${decode} }
      if (type === 'image') { const turn = nextTurn('image'); ${image} }
    });`,
  );
  await writeFile(pictures, PICTURES);
  const providers = new Providers(() => Promise.resolve({ kind: 'answers' }), ['cpu']);
  engine = new Engine({ worker, files, pictures, proof: '', models: '' }, providers);
  return engine;
}

function ended(of: Engine): Promise<Run> {
  return new Promise((resolve) => of.events.once('ended', resolve));
}

/** Expects that the engine is not busy and makes a picture. */
async function expectWorks(again: Engine): Promise<void> {
  const end = ended(again);
  await again.start(REQUEST);
  expect((await end).state).toBe('complete');
}

describe('a thread that ends by itself, without an error', () => {
  it.each([0, 1])('fails the run that it was loading (exit code %i)', async (code) => {
    const e = await engineOf({ decode: `if (turn === 1) process.exit(${code}); ${LOADED}${COMPLETE}` });
    await expect(e.start(REQUEST)).rejects.toMatchObject({ code: 'engine-failed' });
    await expectWorks(e);
  });

  it('fails the run that it was decoding', async () => {
    const e = await engineOf({
      decode: `${LOADED} if (turn === 1) setTimeout(() => process.exit(0), 20); else ${COMPLETE}`,
    });
    const end = ended(e);
    await e.start(REQUEST);
    expect(await end).toMatchObject({ state: 'failed', error: { code: 'engine-failed' } });
    await expectWorks(e);
  });

  it('fails the run whose picture it was drawing', async () => {
    const e = await engineOf({ image: `if (turn === 1) process.exit(0); ${IMAGE}` });
    const end = ended(e);
    await e.start(REQUEST);
    expect(await end).toMatchObject({ state: 'failed', error: { code: 'engine-failed' } });
    await expectWorks(e);
  });

  it('fails the request whose model it was looking for', async () => {
    const e = await engineOf({ plan: `if (turn === 1) process.exit(0); ${PLANS}` });
    await expect(e.start(REQUEST)).rejects.toMatchObject({ code: 'engine-failed' });
    await expectWorks(e);
  });
});

describe('a cancel', () => {
  it.each([0, 1])(
    'takes effect while the model is looked for, by a thread that hangs (run %i)',
    async (runId) => {
      const e = await engineOf({ plan: `if (turn === 1) { ${FOUND} ${HANG} } ${PLANS}` });
      const refused = expect(e.start(REQUEST, () => e.cancel(runId))).rejects.toMatchObject({
        code: 'cancelled',
      });
      await refused;
      await expectWorks(e);
    },
  );

  it('takes effect while the model is loaded, in one native call', async () => {
    const e = await engineOf({ decode: `if (turn === 1) { ${HANG} } ${LOADED}${COMPLETE}` });
    const end = ended(e);
    const started = e.start(REQUEST, (_, runId) => {
      setTimeout(() => e.cancel(runId), 20);
    });
    expect((await end).state).toBe('cancelled');
    expect((await started).state).toBe('cancelled');
    await expectWorks(e);
  });

  it('takes effect while the picture is drawn, in one native call', async () => {
    const e = await engineOf({ image: `if (turn === 1) { ${HANG} } ${IMAGE}` });
    const end = ended(e);
    await e.start(REQUEST);
    await expect.poll(() => existsSync(path.join(folder, 'image')), { timeout: 20_000 }).toBe(true);
    e.cancel(0);
    expect((await end).state).toBe('cancelled');
    await expectWorks(e);
  });

  it('does not affect the requests of others', async () => {
    const e = await engineOf({
      // The first thread has not answered either request.
      plan: `if (task.kind === 'plan') { ${FOUND} ${HANG} }
        if (turn > 1) parentPort.postMessage({ type: 'done', id, result: { models: [], problems: ['p'] } });`,
    });
    const list = e.listModels([], undefined);
    await expect(e.start(REQUEST, () => e.cancel(0))).rejects.toMatchObject({ code: 'cancelled' });
    expect((await list).problems).toEqual(['p']);
  });

  it('is refused for a run that is not known', async () => {
    const e = await engineOf({});
    expect([e.cancel(0), e.cancel(7)]).toEqual([false, false]);
  });

  it('wins over a later failure', async () => {
    const failed =
      "parentPort.postMessage({ type: 'run-failed', runId, error: { code: 'engine-failed', message: 'late' } });";
    const e = await engineOf({
      decode: `if (turn === 1) setTimeout(() => { ${failed} }, 100); else { ${LOADED}${COMPLETE} }`,
    });
    const run = await e.start(REQUEST, (_, runId) => {
      setTimeout(() => e.cancel(runId), 20);
    });
    expect(run.state).toBe('cancelled');
    await expectWorks(e);
  });
});

it('a second request is refused as busy while the first one is planned', async () => {
  const e = await engineOf({ plan: `setTimeout(() => { ${PLANS} }, 50);` });
  const first = e.start(REQUEST);
  await expect(e.start(REQUEST)).rejects.toSatisfy((error: EngineError) => error.code === 'busy');
  await first;
});
