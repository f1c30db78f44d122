/** The debug adapter, driven by the debug protocol's own test client. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { DebugClient } from '@vscode/debugadapter-testsupport';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import german from '../../../l10n/bundle.l10n.de.json';
import { RunDebugSession, type DebugHost } from '../../../extension/run-debug-session';
import { inLanguage, saidBy } from '../../../sidecar/protocol';
import type { RunRecord } from '../../../sidecar/trace-file/run-record';
import { smallRun } from '../debugger/small-run';

const PROGRAM = '/pictures/lake.png';
const GERMAN = german as Readonly<Record<string, string>>;

let server: Server;
let client: DebugClient;
let told: string[];
let record: RunRecord;
let hasModel: boolean;
/** The language of the user. */
let translate: (english: string) => string;

beforeEach(async () => {
  told = [];
  record = smallRun();
  hasModel = true;
  translate = (english) => english;
  server = createServer((socket) => {
    const session = new RunDebugSession(host);
    session.setRunAsServer(true);
    session.start(socket, socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = new DebugClient('node', '', 'zipar');
  await client.start((server.address() as AddressInfo).port);
});
afterEach(async () => {
  await client.stop();
  server.close();
});

const host: DebugHost = {
  say: (said) => inLanguage(said, translate),
  sayError: (error) => inLanguage(saidBy(error), translate),
  read: (program) =>
    program === PROGRAM ? Promise.resolve(record) : Promise.reject(new Error(`${program} cannot be read.`)),
  candidates: (_, position) =>
    hasModel
      ? Promise.resolve({
          position,
          likeliest: [
            { token: 806, probability: 0.5, unguided: 0.25 },
            { token: 12, probability: 0.125, unguided: null },
          ],
          drawn: { token: 12, probability: 0.125, unguided: null },
          rank: 2,
        })
      : Promise.reject(new Error('The model tiny is not here.')),
  branch: (program, changes) => told.push(`branch ${program} ${JSON.stringify(changes)}`),
  goOn: (program) => told.push(`go on ${program}`),
  stands: (_, step) => told.push(`stands ${step}`),
};

/** Launches the run, with conditions at which it stops. It waits before its first step. */
async function launch(conditions: readonly string[] = []): Promise<DebugProtocol.Breakpoint[]> {
  const initialized = client.waitForEvent('initialized');
  await client.initializeRequest();
  await client.launchRequest({ program: PROGRAM } as DebugProtocol.LaunchRequestArguments);
  await initialized;
  const { body } = await client.setFunctionBreakpointsRequest({
    breakpoints: conditions.map((name) => ({ name })),
  });
  await stop(() => client.configurationDoneRequest());
  return body.breakpoints;
}

/** Does something that ends in a stop. @returns reason, thread and text of the stop */
async function stop(act: () => Promise<unknown>): Promise<DebugProtocol.StoppedEvent['body']> {
  const stopped = client.waitForEvent('stopped');
  await act();
  return (await stopped).body as DebugProtocol.StoppedEvent['body'];
}

async function frames(threadId: number): Promise<readonly DebugProtocol.StackFrame[]> {
  return (await client.stackTraceRequest({ threadId })).body.stackFrames;
}

/** The variables of a frame, by scope. */
async function variables(frameId: number, scope: string): Promise<readonly DebugProtocol.Variable[]> {
  return (await client.variablesRequest({ variablesReference: await reference(frameId, scope) })).body
    .variables;
}

async function reference(frameId: number, scope: string): Promise<number> {
  const { scopes } = (await client.scopesRequest({ frameId })).body;
  return scopes.find(({ name }) => name === scope)?.variablesReference ?? 0;
}

async function texts(frameId: number, scope: string): Promise<readonly string[]> {
  return (await variables(frameId, scope)).map(({ name, value }) => `${name} ${value}`);
}

async function refusal(request: Promise<unknown>): Promise<string> {
  return request.then(
    () => 'accepted',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

describe('the debug adapter', () => {
  it('stands before the first step, then steps one pass on and back', async () => {
    await launch();
    expect((await client.threadsRequest()).body.threads).toEqual([{ id: 1, name: 'Row 1' }]);
    expect(await stop(() => client.nextRequest({ threadId: 1 }))).toMatchObject({
      reason: 'step',
      threadId: 1,
    });
    await stop(() => client.nextRequest({ threadId: 1 }));
    expect(await frames(1)).toMatchObject([
      { name: 'row 1, column 2: step 2', line: 3 },
      { name: 'row 1, column 1: step 1', line: 2 },
    ]);
    await stop(() => client.stepBackRequest({ threadId: 1 }));
    expect(told).toEqual(['stands 0', 'stands 1', 'stands 2', 'stands 1']);
    const content = (await client.sourceRequest({ sourceReference: 1 })).body.content.split('\n');
    expect(content[2]).toBe('2  row 1, column 2: 11');
  });

  it('stops at conditions, and the row of the stop is its thread', async () => {
    await launch(['entropy > 3']);
    expect(await stop(() => client.continueRequest({ threadId: 1 }))).toMatchObject({
      reason: 'breakpoint',
      threadId: 2,
      text: 'Step 6, row 2, column 3',
      allThreadsStopped: true,
    });
    const [frame] = await frames(2);
    expect(await texts(frame?.id ?? 0, 'Cell')).toContain('entropy 3.50 nats');
    await stop(() => client.reverseContinueRequest({ threadId: 2 }));
    expect(told.at(-1)).toBe('stands 0');
  });

  it('stops where a start is rejected, a draft is corrected, or entropy is above a number of the user', async () => {
    await launch();
    const set = (filterId: string, condition?: string) =>
      client.setExceptionBreakpointsRequest({
        filters: [],
        filterOptions: [{ filterId, ...(condition !== undefined && { condition }) }],
      });
    await set('rejected');
    expect(await stop(() => client.continueRequest({ threadId: 1 }))).toMatchObject({ threadId: 2 });
    expect(told.at(-1)).toBe('stands 3');
    await set('entropy', '2.9');
    await stop(() => client.continueRequest({ threadId: 1 }));
    await set('corrected');
    await stop(() => client.continueRequest({ threadId: 1 }));
    expect(told.slice(-2)).toEqual(['stands 5', 'stands 6']);
    const { body } = await set('entropy', 'high');
    expect(body?.breakpoints?.[0]).toMatchObject({
      verified: false,
      message: expect.stringContaining('“high”') as unknown,
    });
  });

  it('stops at a line of the listing, with a condition or without, and goes to a line', async () => {
    await launch();
    const source = { sourceReference: 1 };
    const set = async (line: number, condition?: string) =>
      (
        await client.setBreakpointsRequest({
          source,
          breakpoints: [{ line, ...(condition !== undefined && { condition }) }],
        })
      ).body.breakpoints[0];
    expect(await set(5)).toEqual({ verified: true, line: 5 });
    await stop(() => client.continueRequest({ threadId: 1 }));
    expect(told.at(-1)).toBe('stands 4');
    expect(await set(6, 'entropy > 99')).toEqual({ verified: true, line: 6 });
    const { targets } = (await client.gotoTargetsRequest({ source, line: 3 })).body;
    expect(targets).toEqual([{ id: 2, label: 'Step 2', line: 3 }]);
    await stop(() => client.gotoRequest({ threadId: 1, targetId: 2 }));
    const ended = client.waitForEvent('terminated');
    await client.continueRequest({ threadId: 1 });
    await ended;
    expect(told.at(-1)).toBe('stands 2');
  });

  it('refuses a breakpoint that cannot be read in one sentence', async () => {
    const [good, unknown, cut] = await launch(['step == 4', 'entropie > 3', 'entropy >']);
    expect(good).toEqual({ verified: true });
    expect(unknown).toMatchObject({
      verified: false,
      message: expect.stringMatching(/^“entropie” is no value of a cell; use .*\.$/) as unknown,
    });
    expect(cut).toMatchObject({
      verified: false,
      message: '“entropy >” ends too early; write a condition such as entropy > 3.',
    });
  });

  it('computes watch expressions over the tracks, and says what it does not know', async () => {
    await launch(['step == 4']);
    await stop(() => client.continueRequest({ threadId: 1 }));
    const [frame] = await frames(1);
    const evaluate = async (expression: string, frameId?: number) =>
      (
        await client.evaluateRequest({
          expression,
          context: 'watch',
          ...(frameId !== undefined && { frameId }),
        })
      ).body.result;
    expect(await evaluate('entropy', frame?.id)).toBe('2');
    expect(await evaluate('probability[1, 3] > 0.3')).toBe('true');
    expect(await evaluate('mean(entropy)')).toBe('2.25');
    expect(await refusal(evaluate('entropy[2, 4]'))).toContain('has no value after step 4');
    expect(await refusal(evaluate('entropy[9, 9]'))).toContain('outside the grid of 2x4 tokens');
  });

  it('has the candidates of a cell, or says why they are not there', async () => {
    await launch(['step == 3']);
    await stop(() => client.continueRequest({ threadId: 1 }));
    const frame = (await frames(1))[0]?.id ?? 0;
    expect(await texts(frame, 'Candidates')).toEqual([
      '1. token 806: 0.500 (0.250 without guidance)',
      '2. token 12: 0.125, drawn',
    ]);
    hasModel = false;
    expect(await texts(frame, 'Candidates')).toEqual(['candidates not there: The model tiny is not here.']);
    expect(await texts(frame, 'Front')).toEqual(['row 1 3 of 4 cells', 'row 2 0 of 4 cells']);
    expect(await texts(frame, 'Feed')).toEqual(['place 1 token 11']);
    expect(await texts(frame, 'Mask')).toEqual(['seen 2 of 2 cells before it']);
    expect(await texts(frame, 'Draft')).toEqual(['drafts none']);
  });

  it('makes a branch of an edited token when it continues', async () => {
    await launch(['step == 5']);
    await stop(() => client.continueRequest({ threadId: 1 }));
    const frame = (await frames(2))[0]?.id ?? 0;
    const cell = await reference(frame, 'Cell');
    const set = (name: string, value: string) =>
      client.setVariableRequest({ variablesReference: cell, name, value });
    expect(await refusal(set('token', 'x'))).toContain('“x” is no token');
    expect(await refusal(set('entropy', '1'))).toContain('entropy cannot be set');
    expect((await set('token', '806')).body.value).toBe('806');
    expect(await refusal(client.nextRequest({ threadId: 2 }))).toContain('Continue makes the branch');
    const ended = client.waitForEvent('terminated');
    await client.continueRequest({ threadId: 2 });
    await ended;
    expect(told.at(-1)).toBe(`branch ${PROGRAM} {"step":5,"set":[{"cell":5,"token":806}],"forbid":[]}`);
  });

  it('lets a run that was stopped go on when its recorded steps are done', async () => {
    record = smallRun({ state: 'cancelled' });
    await launch();
    const ended = client.waitForEvent('terminated');
    await client.continueRequest({ threadId: 1 });
    await ended;
    await expect.poll(() => told.at(-1)).toBe(`go on ${PROGRAM}`);
  });

  it('speaks the language of the user, but for names that conditions use', async () => {
    translate = (english) => GERMAN[english] ?? english;
    const { body } = await client.initializeRequest();
    expect(body?.exceptionBreakpointFilters?.map(({ label }) => label)).toEqual([
      'Ein Zeilenanfang wird abgelehnt',
      'Ein Entwurf wird berichtigt',
      'Hohe Entropie',
    ]);
    const initialized = client.waitForEvent('initialized');
    await client.launchRequest({ program: PROGRAM } as DebugProtocol.LaunchRequestArguments);
    await initialized;
    await stop(() => client.configurationDoneRequest());
    await stop(() => client.gotoRequest({ threadId: 1, targetId: 4 }));
    expect((await client.threadsRequest()).body.threads[0]?.name).toBe('Zeile 1');
    const [frame] = await frames(2);
    expect(frame?.name).toBe('Zeile 2, Spalte 1: Schritt 4');
    const cell = await reference(frame?.id ?? 0, 'Zelle');
    expect(await texts(frame?.id ?? 0, 'Zelle')).toEqual(
      expect.arrayContaining(['row 2', 'entropy 2.50 Nats', 'verboten keine']),
    );
    const forbidden = { variablesReference: cell, name: 'verboten', value: '20' };
    expect((await client.setVariableRequest(forbidden)).body.value).toBe('20');
    expect(await refusal(client.nextRequest({ threadId: 2 }))).toMatch(/^Ein Token wurde geändert, /);
  });

  it('refuses a launch without a run, or with a wrong condition', async () => {
    await client.initializeRequest();
    const launched = (args: object) => refusal(client.launchRequest(args));
    expect(await launched({})).toContain('needs a "program"');
    expect(await launched({ program: '/no.png' })).toBe('/no.png cannot be read.');
    expect(await launched({ program: PROGRAM, stopAt: 'step' })).toContain('must be a list of conditions');
    expect(await launched({ program: PROGRAM, stopAt: ['stepp > 1'] })).toContain(
      '“stepp” is no value of a cell',
    );
  });
});
