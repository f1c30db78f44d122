import { describe, expect, it } from 'vitest';
import { mostCandidates } from '../../../sidecar/decoding/sampling';
import { Trace, type TracePast } from '../../../sidecar/decoding/trace';

const GRID = { height: 1, width: 2 };
const SAMPLING = { temperature: 1, topK: 0, topP: 1, greedy: false };

function entropyRange(candidates?: number, past?: TracePast): number | undefined {
  return new Trace(GRID, 2, past, candidates).tracks.find(({ name }) => name === 'entropy')?.high;
}

describe('the range of the entropy', () => {
  it('ends where all tokens that a draw chooses among are equally likely', () => {
    expect(entropyRange(20)).toBeCloseTo(Math.log(20));
    expect(entropyRange(16384)).toBeCloseTo(Math.log(16384));
  });

  it('is not empty for a draw without a choice, and the same for all runs where the number is not known', () => {
    expect(entropyRange(1)).toBeCloseTo(Math.log(2));
    expect(entropyRange()).toBe(7);
  });

  it('has room for a parent that chose among more tokens', () => {
    const entropy = { name: 'entropy', values: Float32Array.of(5.5, 9) };
    const past = {
      ...{ steps: 1, tokens: Int32Array.of(4, -1), stepOf: Int32Array.of(1, -1), stepMs: [1] },
      ...{ tracks: [entropy], events: [], ties: 0, fed: [] },
    };
    expect(entropyRange(20, past)).toBeCloseTo(5.5);
    expect(entropyRange(1000, past)).toBeCloseTo(Math.log(1000));
  });
});

describe('the number of tokens that a draw chooses among', () => {
  it('is top-k, or the whole codebook', () => {
    expect(mostCandidates({ ...SAMPLING, topK: 20 }, 512)).toBe(20);
    expect(mostCandidates({ ...SAMPLING, topK: 2000 }, 512)).toBe(512);
    expect(mostCandidates(SAMPLING, 512)).toBe(512);
  });

  it('is the whole codebook for a greedy choice, whose entropy is that of an uncut distribution', () => {
    expect(mostCandidates({ ...SAMPLING, topK: 20, greedy: true }, 512)).toBe(512);
  });
});
