import { describe, expect, it } from 'vitest';
import { uniformAt } from '../../../sidecar/decoding/noise';
import {
  blockColours,
  fitColours,
  SAMPLE_PICTURES,
  SAMPLE_SIDE,
  sampleGrids,
} from '../../../sidecar/model/image-decoder/code-colours';

const CODES = 1000;
const PATCH = 3;

describe('the sampled pictures', () => {
  it('hold codes of the whole codebook, each in a block of 2x2 cells', () => {
    const grids = sampleGrids(CODES);
    expect(grids).toHaveLength(SAMPLE_PICTURES);
    const codes = grids.flatMap(({ codes: some }) => some);
    expect(new Set(codes).size).toBeGreaterThan(400);
    for (let tenth = 0; tenth < 10; tenth++)
      expect(codes.filter((code) => Math.floor(code / 100) === tenth).length).toBeGreaterThan(40);
    const [{ tokens, codes: first } = { tokens: [], codes: [] }] = grids;
    expect([tokens[0], tokens[1], tokens[SAMPLE_SIDE], tokens[SAMPLE_SIDE + 1]]).toEqual(
      new Array(4).fill(first[0]),
    );
    expect(tokens[2]).toBe(first[1]);
    expect(tokens.at(-1)).toBe(first.at(-1));
  });

  it('tell the mean colour of each block', () => {
    const side = SAMPLE_SIDE * PATCH;
    const rgb = new Uint8Array(3 * side * side);
    for (let y = 0; y < side; y++)
      rgb.fill(Math.floor(y / (2 * PATCH)) * 10, 3 * y * side, 3 * (y + 1) * side);
    const colours = blockColours(rgb, PATCH);
    expect(colours).toHaveLength(64);
    expect([colours[0], colours[8], colours[63]]).toEqual([
      [0, 0, 0],
      [10, 10, 10],
      [70, 70, 70],
    ]);
  });
});

describe('the colours of codes', () => {
  it.each([1, 4, 32])('are those of an image decoder that is linear in %i coordinates', (dim) => {
    const vectors = Float32Array.from({ length: CODES * dim }, (_, i) => uniformAt(3, i) - 0.5);
    const colourOf = (code: number): [number, number, number] => {
      const value = (channel: number): number => {
        let sum = 128;
        for (let i = 0; i < dim; i++)
          sum += (60 / dim) * (((i + channel) % 3) - 1) * (vectors[code * dim + i] ?? 0);
        return sum;
      };
      return [value(0), value(1), value(2)];
    };
    const samples = sampleGrids(CODES).flatMap(({ codes }) =>
      codes.map((code) => ({ code, colour: colourOf(code) })),
    );
    const colours = fitColours(vectors, dim, samples);
    expect(colours).toHaveLength(3 * CODES);
    for (let code = 0; code < CODES; code++)
      for (const [channel, value] of colourOf(code).entries())
        expect(Math.abs((colours[3 * code + channel] ?? NaN) - value)).toBeLessThan(1.5);
  });

  it('are the mean where the vectors tell nothing', () => {
    const samples = [10, 20].map((grey, code) => ({ code, colour: [grey, grey, grey] as const }));
    expect([...fitColours(new Float32Array(6), 2, samples)]).toEqual(new Array(9).fill(15));
  });
});
