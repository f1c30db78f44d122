import type { CellAlternatives, FileFrame } from '../sidecar/protocol';
import { cellSight, type CellSight } from '../sidecar/trace-file/cell-sight';
import type { RunRecord } from '../sidecar/trace-file/run-record';
import { readTraceFile } from '../sidecar/trace-file/trace-file';
import type { Clock } from './clock';

/** What is known of a cell's draw besides the trace. */
export type Alternatives =
  | { readonly kind: 'asked' }
  | { readonly kind: 'known'; readonly alternatives: CellAlternatives }
  | { readonly kind: 'refused'; readonly reason: string };

/** Asks for what a page does not have. Each returns the id of the request; undefined if nobody can be asked now. */
export interface InsightSource {
  /** Asks the model to compute a cell's draw again. */
  inspect(runId: number, position: number): number | undefined;
  /** Asks for the whole trace of a run of the sidecar. */
  trace(runId: number): number | undefined;
}

/** The cursor must rest on a cell for this time before the model computes. */
const REST_MS = 150;

/**
 * What the inspector shows beyond the snapshots: the likeliest tokens of cells, and what cells saw. It asks for both only when
 * they are wanted, and keeps the answers. Only one cell is computed at a time; of the cells wanted meanwhile, the newest is next.
 */
export class Insights {
  private readonly records = new Map<number, RunRecord>();
  private readonly asked = new Map<number, number>();
  private readonly alternatives = new Map<string, Alternatives>();
  private readonly sights = new Map<string, CellSight | undefined>();
  private wanted: { readonly runId: number; readonly position: number } | undefined;
  private pending: { readonly id: number; readonly key: string } | undefined;
  private cancelRest: (() => void) | undefined;

  constructor(
    private readonly source: InsightSource,
    private readonly clock: Clock,
    private readonly onChange: () => void,
  ) {}

  /** Forgets a run that left the page, or that another run with the same id replaces. */
  forget(runId: number): void {
    this.records.delete(runId);
    for (const [id, of] of this.asked) if (of === runId) this.asked.delete(id);
    for (const key of [...this.alternatives.keys(), ...this.sights.keys()])
      if (key.startsWith(`${runId}:`)) {
        this.alternatives.delete(key);
        this.sights.delete(key);
      }
  }

  /** A file told the whole trace of a run. */
  knows(runId: number, record: RunRecord): void {
    this.records.set(runId, record);
    this.onChange();
  }

  /** What a cell of a run saw; undefined while that is unknown. A run that has ended is asked for its trace once. */
  sightOf(runId: number, position: number, canAsk: boolean): CellSight | undefined {
    const record = this.records.get(runId);
    const key = keyOf(runId, position);
    if (record) {
      if (!this.sights.has(key)) this.sights.set(key, cellSight(record, position));
      return this.sights.get(key);
    }
    if (!canAsk || [...this.asked.values()].includes(runId)) return undefined;
    const id = this.source.trace(runId);
    if (id !== undefined) this.asked.set(id, runId);
    return undefined;
  }

  /** The likeliest tokens of a cell. They are asked for when the cursor rests on the cell. */
  alternativesOf(runId: number, position: number, canAsk: boolean): Alternatives | undefined {
    const known = this.alternatives.get(keyOf(runId, position));
    if (known || !canAsk) return known;
    if (this.wanted?.runId !== runId || this.wanted.position !== position) {
      this.wanted = { runId, position };
      this.cancelRest?.();
      this.cancelRest = this.clock.after(REST_MS, () => {
        this.cancelRest = undefined;
        this.askNext();
      });
    }
    return { kind: 'asked' };
  }

  /** No cell's likeliest tokens are wanted any more. */
  wantNothing(): void {
    this.wanted = undefined;
  }

  /** The model computed a cell again. */
  received(runId: number | undefined, alternatives: CellAlternatives): void {
    const key = runId === undefined ? this.pending?.key : keyOf(runId, alternatives.position);
    if (key !== undefined) this.settle(key, { kind: 'known', alternatives });
  }

  /** The model could not compute a cell again. */
  refused(reason: string): void {
    if (this.pending) this.settle(this.pending.key, { kind: 'refused', reason });
  }

  /** A request failed. Ids of other requests are ignored. */
  failed(id: number, reason: string): void {
    this.asked.delete(id);
    if (id === this.pending?.id) this.refused(reason);
  }

  /** A file arrived: perhaps the trace of a run. */
  async file({ id, bytes }: FileFrame): Promise<void> {
    const runId = this.asked.get(id);
    if (runId === undefined) return;
    const record = await readTraceFile(bytes);
    if (record && this.asked.get(id) === runId) this.knows(runId, record);
    this.asked.delete(id);
  }

  /** The connection is new: requests of the old one get no answer. Refused cells may be tried again. */
  reconnected(): void {
    this.asked.clear();
    this.pending = undefined;
    for (const [key, { kind }] of this.alternatives) if (kind !== 'known') this.alternatives.delete(key);
    this.wanted = undefined;
    this.onChange();
  }

  private askNext(): void {
    if (!this.wanted || this.pending || this.cancelRest) return;
    const { runId, position } = this.wanted;
    this.wanted = undefined;
    const id = this.source.inspect(runId, position);
    if (id === undefined) return;
    const key = keyOf(runId, position);
    this.alternatives.set(key, { kind: 'asked' });
    this.pending = { id, key };
  }

  private settle(key: string, answer: Alternatives): void {
    this.alternatives.set(key, answer);
    if (this.pending?.key === key) this.pending = undefined;
    this.askNext();
    this.onChange();
  }
}

function keyOf(runId: number, position: number): string {
  return `${runId}:${position}`;
}
