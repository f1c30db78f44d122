import { describe, expect, it } from 'vitest';
import { scheduleFigure } from '../../../extension/schedule-figure';
import { sampleRecord } from '../trace-file/random-records';
import type { RunRecord } from '../../../sidecar/trace-file/run-record';

/** A run of a grid, whose cells were decided in these steps. */
function record(grid: readonly [number, number], stepOf: readonly number[], label = 'ZipAR'): RunRecord {
  const sample = sampleRecord();
  const { decoder } = sample.run;
  const [height, width] = grid;
  return {
    ...sample,
    run: { ...sample.run, grid, decoder: { ...decoder, label }, rasterSteps: height * width },
    snapshot: {
      ...sample.snapshot,
      height,
      width,
      step: Math.max(...stepOf, 0),
      stepOf: Int32Array.from(stepOf),
    },
  };
}

function squares(svg: string): readonly (readonly [x: number, y: number, fill: string])[] {
  return [...svg.matchAll(/<rect x="(\d+)" y="(\d+)" width="20" height="20" fill="([^"]*)"\/>/g)].map(
    ([, x, y, fill = '']) => [Number(x), Number(y), fill],
  );
}

function lightness(fill: string): number {
  return [1, 3, 5].reduce((sum, from) => sum + parseInt(fill.slice(from, from + 2), 16), 0);
}

describe('the figure of a schedule', () => {
  it('has a square for each cell in its place, darker the later its step, empty while undecided', () => {
    const drawn = squares(scheduleFigure(record([2, 3], [1, 2, 3, 2, 3, -1])));
    expect(drawn.map(([x, y]) => [x, y])).toEqual([
      [0, 0],
      [20, 0],
      [40, 0],
      [0, 20],
      [20, 20],
      [40, 20],
    ]);
    const [first, second, third, again, last, undecided] = drawn.map(([, , fill]) => fill);
    expect(undecided).toBe('none');
    expect([again, last]).toEqual([second, third]);
    const lights = [first, second, third].map((fill) => lightness(fill ?? ''));
    expect(lights).toEqual([...lights].sort((a, b) => b - a));
    expect(new Set(lights).size).toBe(3);
  });

  it('is lighter the later its step on a dark ground, which it brings along', () => {
    const svg = scheduleFigure(record([1, 3], [1, 2, 3]), 'dark');
    const lights = squares(svg).map(([, , fill]) => lightness(fill));
    expect(lights).toEqual([...lights].sort((a, b) => a - b));
    expect(svg).toContain('<rect width="100%" height="100%" fill="#1f1f1f"');
  });

  it('numbers the steps of a small grid, and leaves a large one without numbers', () => {
    const small = scheduleFigure(record([1, 3], [1, 2, -1]));
    expect([...small.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text)).toEqual(['1', '2']);
    expect(
      scheduleFigure(
        record(
          [1, 25],
          Array.from({ length: 25 }, (_, i) => i + 1),
        ),
      ),
    ).not.toContain('<text');
  });

  it('writes no number that is none, for a run of one step or of none', () => {
    for (const stepOf of [
      [1, 1],
      [-1, -1],
    ])
      expect(scheduleFigure(record([1, 2], stepOf))).not.toMatch(/NaN|undefined/);
  });

  it('keeps a foreign name of the decoder text', () => {
    const label = '</title><script>alert("1")</script> & ]]> \u0000\u001b\ud800\uffff';
    const svg = scheduleFigure(record([1, 1], [1], label));
    const [, title = ''] = /<title>(.*)<\/title>/s.exec(svg) ?? [];
    expect(title).toBe(
      '&#60;/title&#62;&#60;script&#62;alert("1")&#60;/script&#62; &#38; ]]&#62; \ufffd\ufffd\ufffd\ufffd: 1 steps instead of 1',
    );
    expect(svg.match(/<[a-z]+/g)).toEqual(['<svg', '<title', '<g', '<rect', '<text']);
  });
});
