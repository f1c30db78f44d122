/** What one client is answered and sent, with an engine whose threads and processes are fakes. */
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import type { Engine } from '../../../sidecar/engine/engine';
import { EngineError } from '../../../sidecar/engine/engine-messages';
import { decodeFrame, type SidecarMessage } from '../../../sidecar/protocol';
import { ClientSession } from '../../../sidecar/server/client-session';
import { HardwareCheck } from '../../../sidecar/server/hardware-check';
import { engineOfFakes, IMAGE, planOf, REQUEST, stepOf, type FakeParts } from '../engine/engine-of-fakes';

/** A client's socket. It takes everything at once, unless bytes are said to wait. */
class ClientEnd extends EventEmitter {
  readonly OPEN = 1;
  readonly readyState = 1;
  readonly isPaused = false;
  bufferedAmount = 0;
  readonly messages: SidecarMessage[] = [];
  /** Each frame in a few words. */
  readonly frames: string[] = [];

  send(data: string | Uint8Array, onSent: () => void): void {
    if (typeof data === 'string') this.messages.push(JSON.parse(data) as SidecarMessage);
    else this.frames.push(describeFrame(data));
    onSent();
  }

  pause(): void {
    throw new Error('No client of this test is slow.');
  }
}

function describeFrame(data: Uint8Array): string {
  const frame = decodeFrame(data);
  switch (frame.kind) {
    case 'snapshot':
      return `snapshot ${frame.snapshot.step}`;
    case 'changes':
      return `changes ${frame.changes.base} to ${frame.changes.step}`;
    case 'picture':
      return `picture ${frame.picture.step} for ${frame.picture.id}`;
    case 'file':
      return `${frame.file.mediaType} for ${frame.file.id}`;
  }
}

interface Setup {
  readonly engine: Engine;
  readonly parts: FakeParts;
  readonly session: ClientSession;
  readonly end: ClientEnd;
  readonly toldOthers: SidecarMessage[];
  readonly log: string[];
  /** Sends a message as the client, and lets everything happen that can. */
  readonly ask: (message: object) => Promise<void>;
}

function setUp(): Setup {
  const { engine, parts } = engineOfFakes();
  const end = new ClientEnd();
  const toldOthers: SidecarMessage[] = [];
  const log: string[] = [];
  const session = new ClientSession(
    end as unknown as WebSocket,
    engine,
    new HardwareCheck(engine, () => undefined),
    (message) => toldOthers.push(message),
    (line) => log.push(line),
  );
  const ask = async (message: object): Promise<void> => {
    end.emit('message', Buffer.from(JSON.stringify(message)), false);
    await settle();
  };
  return { engine, parts, session, end, toldOthers, log, ask };
}

/** Lets promises that can settle do so. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A client whose run has done these steps. */
async function withRun(steps: number, plan = planOf()): Promise<Setup> {
  const setup = setUp();
  setup.parts.plan = Promise.resolve(plan);
  setup.engine.events.on('step', (run) => {
    setup.session.onStep(run);
  });
  await setup.ask({ type: 'generate', id: 1, request: REQUEST });
  setup.parts.loadAndStep(1, ...Array.from({ length: steps }, (_, i) => stepOf(i + 1)));
  await settle();
  return setup;
}

describe('a request', () => {
  it.each([
    [
      { type: 'ping', id: 5 },
      { type: 'pong', id: 5 },
    ],
    [
      { type: 'list-models', id: 6, folders: [] },
      { type: 'models', id: 6, models: [], problems: [] },
    ],
  ])('is answered with its id: %j', async (request, answer) => {
    const { ask, end } = setUp();
    await ask(request);
    expect(end.messages).toEqual([answer]);
  });

  it.each([
    [{ type: 'cancel', id: 3, runId: 4 }, 'not-found', 'Run 4 is not known (any more); generate again.'],
    [{ type: 'watch', id: 3, runId: 0 }, 'not-found', 'No picture was made yet.'],
    [{ type: 'unwatch', id: 3, runId: 1 }, 'not-found', 'Run 1 is not known (any more); generate again.'],
    [
      { type: 'preview', id: 3, runId: 1, step: 1 },
      'not-found',
      'Run 1 is not known (any more); generate again.',
    ],
    [{ type: 'fly', id: 3 }, 'unknown-message', 'Message type "fly" is unknown.'],
    [{ type: 'ping', id: 3, loud: true }, 'malformed-message', 'Message has an unknown field "loud".'],
  ])('is refused with its id, which is no fault for the log: %j', async (request, code, message) => {
    const { ask, end, log } = setUp();
    await ask(request);
    expect(end.messages).toEqual([
      { type: 'error', id: 3, error: expect.objectContaining({ code, message }) as unknown },
    ]);
    expect(log).toEqual([]);
  });

  it('that is not text or not JSON is refused, and the next one is answered', async () => {
    const { ask, end } = setUp();
    end.emit('message', Buffer.from([1, 2, 3]), true);
    end.emit('message', Buffer.from('{'), false);
    await ask({ type: 'ping', id: 1 });
    expect(end.messages.map(({ type }) => type).sort()).toEqual(['error', 'error', 'pong']);
  });
});

describe('a run', () => {
  it('is told to its requester while the model is opened, and to all when it starts', async () => {
    const { end, toldOthers, log } = await withRun(0, planOf('cpu', { notices: ['A word is unknown.'] }));
    expect(end.messages).toMatchObject([
      { type: 'loading', id: 1, runId: 1, model: 'm' },
      { type: 'run-started', id: 1, run: { runId: 1, state: 'running' }, notices: ['A word is unknown.'] },
    ]);
    expect(toldOthers).toMatchObject([{ type: 'run-started', id: 0, run: { runId: 1 }, notices: [] }]);
    expect(log).toEqual(['Run 1 began: 2 steps on cpu (unknown device). As asked for. As stored.']);
  });

  it('is watched by its requester from the first step', async () => {
    const { end } = await withRun(1);
    expect(end.frames).toEqual(['snapshot 1']);
  });

  it('is refused with the reason when it cannot be planned', async () => {
    const { ask, end, parts, log } = setUp();
    parts.plan = Promise.reject(new EngineError('model-invalid', 'No weights.'));
    await ask({ type: 'generate', id: 8, request: REQUEST });
    expect(end.messages.at(-1)).toEqual({
      type: 'error',
      id: 8,
      error: { code: 'model-invalid', message: 'No weights.' },
    });
    expect(log).toEqual(['generate failed: No weights.']);
  });

  it('shows its packing to its requester only, also after another request was refused as busy', async () => {
    const { ask, end, engine, parts, session } = setUp();
    engine.events.on('packing', (run, fraction) => {
      session.onPacking(run, fraction);
    });
    await ask({ type: 'generate', id: 1, request: REQUEST });
    await ask({ type: 'generate', id: 2, request: REQUEST });
    parts.report({ type: 'packing', runId: 1, fraction: 0.5 });
    expect(end.messages.at(-1)).toEqual({
      type: 'packing',
      id: 1,
      runId: 1,
      precision: 'stored',
      fraction: 0.5,
    });
    parts.loadAndStep(1);
    await settle();
    const { length } = end.messages;
    parts.report({ type: 'packing', runId: 1, fraction: 1 });
    expect(end.messages).toHaveLength(length);
  });

  it('can be cancelled by any client', async () => {
    const { ask, end, parts } = await withRun(1);
    await ask({ type: 'cancel', id: 2, runId: 0 });
    expect(end.messages.at(-1)).toEqual({ type: 'ok', id: 2 });
    expect(parts.sent.at(-1)).toEqual({ type: 'cancel', runId: 1 });
  });
});

describe('a watcher', () => {
  it('gets the description and the whole state, again whenever it asks', async () => {
    const { ask, end } = await withRun(1);
    await ask({ type: 'watch', id: 2, runId: 0 });
    expect(end.messages.at(-1)).toMatchObject({ type: 'run-description', id: 2, run: { runId: 1 } });
    expect(end.frames).toEqual(['snapshot 1', 'snapshot 1']);
  });

  it('gets the last state before the end is told', async () => {
    const { end, engine, parts, session } = await withRun(1);
    parts.report({ type: 'step', runId: 1, report: stepOf(2) }); // too soon for a snapshot of its own
    const run = engine.run(1);
    if (run) session.onEnded(run);
    expect(end.frames).toEqual(['snapshot 1', 'snapshot 2']);
  });

  it('hears no more when it stops watching', async () => {
    const { ask, end, engine, session } = await withRun(1);
    await ask({ type: 'unwatch', id: 2, runId: 1 });
    const run = engine.run(1);
    if (!run) throw new Error('The run is not known.');
    session.onPreview(run, 1, IMAGE);
    session.onEnded(run);
    expect([end.messages.at(-1), end.frames]).toEqual([{ type: 'ok', id: 2 }, ['snapshot 1']]);
  });

  it('is left out of previews while it is behind', async () => {
    const { end, engine, session } = await withRun(1);
    const run = engine.run(1);
    if (!run) throw new Error('The run is not known.');
    session.onPreview(run, 1, IMAGE);
    Object.assign(end, { bufferedAmount: 16 << 20, pause: () => undefined });
    session.onPreview(run, 1, IMAGE);
    expect(end.frames).toEqual(['snapshot 1', 'picture 1 for 0']);
  });
});

describe('pictures', () => {
  it('are drawn one after the other', async () => {
    const { ask, end, parts } = await withRun(2);
    await ask({ type: 'preview', id: 2, runId: 1, step: 1 });
    await ask({ type: 'preview', id: 3, runId: 1, step: 2 });
    expect(parts.drawings).toHaveLength(1);
    parts.drawNext();
    await settle();
    parts.drawNext();
    await settle();
    expect(end.frames.slice(1)).toEqual(['picture 1 for 2', 'picture 2 for 3']);
  });

  it('that wait are forgotten when the client has gone', async () => {
    const { ask, parts, session } = await withRun(2);
    await ask({ type: 'preview', id: 2, runId: 1, step: 1 });
    await ask({ type: 'preview', id: 3, runId: 1, step: 2 });
    session.close();
    parts.drawNext();
    await settle();
    expect(parts.drawings).toEqual([]);
  });

  it('are exported as PNG once the run is complete', async () => {
    const { ask, end, parts } = await withRun(2);
    await ask({ type: 'export-png', id: 2, runId: 1 });
    expect(end.messages.at(-1)).toMatchObject({ type: 'error', id: 2, error: { code: 'bad-request' } });
    parts.report({ type: 'decoded', runId: 1, state: 'complete', ms: 1 });
    parts.drawNext();
    await settle();
    await ask({ type: 'export-png', id: 3, runId: 1 });
    expect(end.frames.at(-1)).toBe('image/png for 3');
  });

  it('are drawn from tokens of a run that only a file knows', async () => {
    const { ask, end, parts } = setUp();
    const request = { model: 'm', weights: null, grid: [1, 2], tokens: [5, -1] };
    await ask({ type: 'draw-tokens', id: 2, ...request });
    expect(parts.drawings.at(-1)?.job).toMatchObject({ folder: '/model', tokens: Int32Array.of(5, 5) });
    parts.drawNext();
    await settle();
    expect(end.frames.at(-1)).toBe('picture 0 for 2');
    await ask({ type: 'draw-tokens', id: 3, ...request, tokens: [0.5, 1] });
    expect(end.messages.at(-1)).toMatchObject({ type: 'error', id: 3, error: { code: 'malformed-message' } });
  });

  it('leave the trace for itself, which is exported at any time', async () => {
    const { ask, end } = await withRun(1);
    await ask({ type: 'export-trace', id: 2, runId: 1 });
    expect(end.frames.at(-1)).toBe('application/x-zipar for 2');
    await ask({ type: 'export-trace', id: 3, runId: 9 });
    expect(end.messages.at(-1)).toMatchObject({ type: 'error', id: 3, error: { code: 'not-found' } });
  });
});

it('the hardware is not checked while a picture is being made', async () => {
  const { ask, end } = await withRun(1);
  await ask({ type: 'check-hardware', id: 2 });
  expect(end.messages.at(-1)).toMatchObject({ type: 'error', id: 2, error: { code: 'busy' } });
});
