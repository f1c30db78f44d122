/** The state of a run on its way to a page, over a way that loses messages in both directions. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ziparSchedule } from '../../../sidecar/decoding/zipar/schedule';
import { Trace } from '../../../sidecar/decoding/trace';
import { describeRun, snapshotOf } from '../../../sidecar/engine/describe-run';
import { Run } from '../../../sidecar/engine/run';
import { decodeFrame } from '../../../sidecar/protocol';
import { SnapshotStream } from '../../../sidecar/server/snapshot-stream';
import { Session } from '../../../webview/session';
import { planOf } from '../engine/engine-of-fakes';

/** Time that a message takes, in ms. */
const WAY_MS = 20;

interface Way {
  /** Whether the next message arrives. */
  readonly arrives: () => boolean;
}

/** A sidecar's run, and a page that watches it. */
class WatchedRun {
  readonly run: Run;
  readonly stream: SnapshotStream;
  readonly session: Session;
  /** Bytes of each frame, and when it was sent. */
  readonly sent: { readonly at: number; readonly bytes: number; readonly kind: string }[] = [];
  private readonly steps: readonly (readonly number[])[];
  private sentAlone = 0;

  constructor(side: number, window: number, way: Way) {
    const grid = { height: side, width: side };
    this.steps = [...ziparSchedule({ grid, window, firstRow: 'windowed' })];
    const least = this.steps.length;
    this.run = new Run(1, planOf('cpu', { grid, steps: { least, most: least } }));
    this.session = new Session(
      {
        send: (request) => {
          if (request.type === 'holding' && way.arrives())
            setTimeout(() => {
              this.stream.holds(request.step, request.edition);
            }, WAY_MS);
          return ++this.sentAlone;
        },
        changed: () => undefined,
        runShown: () => undefined,
        runGone: () => undefined,
        picture: () => undefined,
        alternatives: () => undefined,
        requestFailed: () => undefined,
      },
      undefined,
    );
    this.stream = new SnapshotStream(
      {
        send: (data, onSent) => {
          const frame = decodeFrame(data);
          this.sent.push({ at: performance.now(), bytes: data.length, kind: frame.kind });
          setTimeout(onSent, 1);
          if (way.arrives())
            setTimeout(() => {
              this.session.frame(frame);
            }, WAY_MS);
        },
      },
      this.run,
    );
    this.session.showRun('one', 0);
    this.session.opened();
    this.session.message({ type: 'run-description', id: 1, run: describeRun(this.run) });
    this.stream.hydrate(true);
  }

  get isComplete(): boolean {
    return this.run.trace.steps === this.steps.length;
  }

  /** Does one more step of the run. */
  step(): void {
    record(this.run.trace, this.steps);
    this.stream.update();
  }

  /** Replaces the trace, as after a failure of a provider: the same cells, other tokens, one more step. */
  replaceTrace(): void {
    const { grid, steps } = this.run.trace;
    const trace = new Trace(grid, this.steps.length);
    while (trace.steps < Math.min(steps + 1, this.steps.length)) record(trace, this.steps, 1000);
    this.run.trace = trace;
    this.run.edition++;
    this.stream.update();
  }
}

function record(trace: Trace, steps: readonly (readonly number[])[], firstToken = 0): void {
  const step = trace.steps + 1;
  const decisions = (steps[step - 1] ?? []).map((position) => {
    return { position, token: firstToken + position, probability: 0.5, entropy: position / 7, margin: 1 };
  });
  const events = step % 5 === 0 ? [{ kind: 'drafted' as const, position: 0, token: step }] : [];
  trace.record({ step, decisions, events, leastSteps: steps.length, inputs: [] }, step / 2);
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a run on its way to a page', () => {
  it('arrives whole, whichever messages are lost', () => {
    fc.assert(
      fc.property(
        fc.infiniteStream(fc.boolean()),
        fc.integer({ min: 1, max: 120 }),
        fc.option(fc.integer({ min: 1, max: 20 })),
        (arrivals, stepMs, replacedAfter) => {
          let isOpen = false;
          const arrives = (): boolean => isOpen || arrivals.next().value === true;
          const watched = new WatchedRun(6, 2, { arrives });
          while (!watched.isComplete) {
            watched.step();
            if (watched.run.trace.steps === replacedAfter) watched.replaceTrace();
            vi.advanceTimersByTime(stepMs);
          }
          watched.stream.flush();
          // Half of the messages go on being lost; at last one of each direction arrives.
          vi.advanceTimersByTime(10_000);
          isOpen = true;
          vi.advanceTimersByTime(200_000);
          expect(watched.session.first?.trace.snapshot).toEqual(snapshotOf(watched.run));
          watched.stream.close();
        },
      ),
      { seed: 16, numRuns: 150 },
    );
  });

  it('takes half a megabyte a second at most, for 90 x 90 tokens, and a small part of that on average', () => {
    const watched = new WatchedRun(90, 6, { arrives: () => true });
    while (!watched.isComplete) {
      watched.step();
      vi.advanceTimersByTime(35);
    }
    const bytes = new Map<number, number>();
    for (const frame of watched.sent) {
      const second = Math.floor(frame.at / 1000);
      bytes.set(second, (bytes.get(second) ?? 0) + frame.bytes);
    }
    expect(Math.max(...bytes.values())).toBeLessThanOrEqual(500_000);
    expect([...bytes.values()].reduce((sum, each) => sum + each, 0) / bytes.size).toBeLessThan(50_000);
    expect(watched.sent.filter(({ kind }) => kind === 'changes').length).toBeGreaterThan(100);
    watched.stream.close();
  });

  it('sends fewer frames over a slow way, and nothing when the page holds everything', () => {
    const watched = new WatchedRun(6, 2, { arrives: () => true });
    while (!watched.isComplete) {
      watched.step();
      vi.advanceTimersByTime(5);
    }
    vi.advanceTimersByTime(1000);
    const frames = watched.sent.length;
    // Forty milliseconds there and back for each frame.
    expect(frames).toBeLessThanOrEqual(2 + (watched.run.trace.steps * 5) / 40 + 1);
    vi.advanceTimersByTime(600_000);
    expect(watched.sent).toHaveLength(frames);
    watched.stream.close();
  });

  it('gives up nothing when a page is closed: no frame is sent afterwards', () => {
    const watched = new WatchedRun(6, 2, { arrives: () => false });
    watched.step();
    watched.stream.holds(0, 1);
    vi.advanceTimersByTime(5000);
    watched.stream.close();
    const frames = watched.sent.length;
    vi.advanceTimersByTime(600_000);
    expect(watched.sent).toHaveLength(frames);
  });
});
