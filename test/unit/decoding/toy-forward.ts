import { expect } from 'vitest';
import type { Forward } from '../../../sidecar/decoding/forward';
import { uniformAt } from '../../../sidecar/decoding/noise';
import { RasterLayout, type SequenceLayout } from '../../../sidecar/decoding/sequence-layout';
import type { GridShape, ModelToken } from '../../../sidecar/decoding/token-grid';
import { sees, type TokenInput } from '../../../sidecar/decoding/token-input';

const VOCAB = 23;

const ownTaste = new Map<number, Float32Array>();

function tasteOf(query: number): Float32Array {
  const known = ownTaste.get(query);
  if (known) return known;
  const logits = Float32Array.from({ length: VOCAB }, (_, token) => 2 * uniformAt(token, query + 1, 99));
  ownTaste.set(query, logits);
  return logits;
}

/**
 * Logits that depend on the query's place and on all inputs at or before it, as attention's would. The query has the most
 * weight.
 */
export function toyLogits(fed: ReadonlyMap<number, number>, query: number): Float32Array {
  const logits = tasteOf(query).slice();
  for (const [position, token] of [...fed].sort(([a], [b]) => a - b)) {
    const touched = (token * 7 + position) % VOCAB;
    if (position <= query) logits[touched] = (logits[touched] ?? 0) + (position === query ? 2 : 0.7);
  }
  return logits;
}

/** A small deterministic "model" that acts as a forward. */
export class ToyForward implements Forward {
  private kept: TokenInput[] = [];

  readonly layout: SequenceLayout;

  constructor(grid: GridShape, terminator?: ModelToken) {
    this.layout = new RasterLayout(
      grid,
      terminator === undefined ? { after: 'no-row' } : { after: 'each-row', token: terminator },
    );
  }

  start(): Promise<Float32Array> {
    this.kept = [];
    return Promise.resolve(toyLogits(new Map(), -1));
  }

  step(inputs: readonly TokenInput[], predicting: readonly number[]): Promise<Float32Array[]> {
    this.kept.push(...inputs);
    return Promise.resolve(
      predicting.map((i) => {
        const query = inputs[i];
        if (!query) throw new Error(`There is no input ${i}.`);
        const seen = this.kept.filter((key) => key === query || sees(query, key));
        // No query may see two tokens at one position. A decoder that allows this is wrong.
        expect(new Set(seen.map(({ position }) => position)).size).toBe(seen.length);
        return toyLogits(new Map(seen.map(({ position, token }) => [position, token])), query.position);
      }),
    );
  }

  forget(inputs: readonly TokenInput[]): void {
    for (const input of inputs) expect(this.kept).toContain(input);
    this.kept = this.kept.filter((input) => !inputs.includes(input));
  }
}
