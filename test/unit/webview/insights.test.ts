import { beforeEach, describe, expect, it } from 'vitest';
import type { CellAlternatives } from '../../../sidecar/protocol';
import { encodeTrace, ziparFile } from '../../../sidecar/trace-file/trace-file';
import { Insights } from '../../../webview/insights';
import { largeRecord } from '../../bench/large-record';
import { FakeClock } from './fake-clock';

let clock: FakeClock;
let inspected: number[];
let traces: number[];
let insights: Insights;

beforeEach(() => {
  clock = new FakeClock();
  inspected = [];
  traces = [];
  insights = new Insights(
    { inspect: (_, position) => 100 + inspected.push(position), trace: (runId) => 200 + traces.push(runId) },
    clock,
    () => undefined,
  );
});

function answer(position: number): CellAlternatives {
  const drawn = { token: 5, probability: 0.5, unguided: null };
  return { position, likeliest: [drawn], drawn, rank: 1 };
}

/** Rests on a cell until the model is asked. */
function rest(position: number): void {
  insights.alternativesOf(1, position, true);
  clock.pass(200);
}

describe('the likeliest tokens of a cell', () => {
  it('are asked for once, when the cursor rests on the cell', () => {
    for (const position of [1, 2, 3]) {
      insights.alternativesOf(1, position, true);
      clock.pass(50);
    }
    clock.pass(200);
    expect(inspected).toEqual([3]);
    insights.received(undefined, answer(3));
    expect(insights.alternativesOf(1, 3, true)).toEqual({ kind: 'known', alternatives: answer(3) });
    clock.pass(200);
    expect(inspected).toEqual([3]);
  });

  it('are computed one at a time, and the newest cell is next', () => {
    for (const position of [1, 2, 3]) rest(position);
    expect(inspected).toEqual([1]);
    insights.received(undefined, answer(1));
    expect(inspected).toEqual([1, 3]);
  });

  it('say why the model could not compute them; another request’s failure changes nothing', () => {
    rest(4);
    insights.failed(77, 'no');
    expect(insights.alternativesOf(1, 4, true)).toEqual({ kind: 'asked' });
    insights.failed(101, 'A picture is being made.');
    expect(insights.alternativesOf(1, 4, true)).toEqual({
      kind: 'refused',
      reason: 'A picture is being made.',
    });
    insights.reconnected();
    rest(4);
    expect(inspected).toEqual([4, 4]);
  });

  it('are not asked for where nobody can compute them', () => {
    expect(insights.alternativesOf(1, 4, false)).toBeUndefined();
    clock.pass(500);
    expect(inspected).toEqual([]);
  });
});

describe('what a cell saw', () => {
  it('is told by the run’s whole trace, which is asked for once', async () => {
    const record = await largeRecord(3, 2);
    expect(insights.sightOf(1, 0, true)).toBeUndefined();
    insights.sightOf(1, 1, true);
    expect(traces).toEqual([1]);
    await insights.file({ runId: 1, id: 201, mediaType: '', bytes: ziparFile(await encodeTrace(record)) });
    expect(insights.sightOf(1, 0, true)).toMatchObject({ seen: [], hidden: [] });
    insights.forget(1);
    expect(insights.sightOf(1, 0, false)).toBeUndefined();
  });
});
