import { expect } from 'vitest';
import type { Forward, TokenInput } from '../../../sidecar/decoding/forward';
import { uniformAt } from '../../../sidecar/decoding/noise';
import { RasterLayout, type SequenceLayout } from '../../../sidecar/decoding/sequence-layout';
import type { GridShape, ModelToken } from '../../../sidecar/decoding/token-grid';

const VOCAB = 23;

const ownTaste = new Map<number, Float32Array>();

function tasteOf(query: number): Float32Array {
  const known = ownTaste.get(query);
  if (known) return known;
  const logits = Float32Array.from({ length: VOCAB }, (_, token) => 2 * uniformAt(token, query + 1, 99));
  ownTaste.set(query, logits);
  return logits;
}

/** Logits that depend on the query's place and on everything fed at or before it, as attention's would, on the query most. */
export function toyLogits(fed: ReadonlyMap<number, number>, query: number): Float32Array {
  const logits = tasteOf(query).slice();
  for (const [position, token] of fed) {
    const touched = (token * 7 + position) % VOCAB;
    if (position <= query) logits[touched] = (logits[touched] ?? 0) + (position === query ? 2 : 0.7);
  }
  return logits;
}

/** A small deterministic "model". */
export class ToyForward implements Forward {
  private fed = new Map<number, number>();

  readonly layout: SequenceLayout;

  constructor(grid: GridShape, terminator?: ModelToken) {
    this.layout = new RasterLayout(
      grid,
      terminator === undefined ? { after: 'no-row' } : { after: 'each-row', token: terminator },
    );
  }

  start(): Promise<Float32Array> {
    this.fed = new Map();
    return Promise.resolve(toyLogits(this.fed, -1));
  }

  step(inputs: readonly TokenInput[], predicting: readonly number[]): Promise<Float32Array[]> {
    expect(new Set(inputs.map((input) => input.position)).size).toBe(inputs.length);
    for (const { position, token } of inputs) this.fed.set(position, token);
    return Promise.resolve(predicting.map((i) => toyLogits(this.fed, inputs[i]?.position ?? NaN)));
  }
}
