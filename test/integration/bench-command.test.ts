/** Runs `zipar bench` as a user does. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BenchmarkReport } from '../../sidecar/benchmark/benchmark-report';
import { runZipar, type Outcome } from './zipar-process';

const MODEL = path.join(__dirname, '../golden/llamagen-c2i');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-bench-command-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function bench(...args: string[]): Promise<Outcome> {
  return runZipar(folder, ['bench', '--model', MODEL, ...args], { environment: { ZIPAR_CACHE: folder } });
}

describe('zipar bench', () => {
  it('measures pictures with a lookahead beside those without', async () => {
    const file = path.join(folder, 'lookahead.json');
    const { code, stdout, stderr } = await bench(
      ...['--provider', 'cpu', '--precision', 'stored', '--windows', '4', '--lookahead', '4'],
      ...['--tokens', '1', '--lengths', 'none', '--rounds', '1', '--passes', '1', '--out', file],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { results } = JSON.parse(readFileSync(file, 'utf8')) as BenchmarkReport;
    const pictures = results.flatMap((result) => result.pictures);
    expect(pictures.map(({ window, lookahead }) => [window, lookahead])).toEqual([
      [8, undefined],
      [8, 4],
      [4, undefined],
      [4, 4],
    ]);
    const [raster, rasterLooking, zipar, ziparLooking] = pictures.map(({ steps }) => steps);
    expect(rasterLooking).toBeLessThan(raster ?? 0);
    expect(ziparLooking).toBeLessThan(zipar ?? 0);
    expect(stdout).toContain('| 8+4 |');
    expect(stdout).toContain('| 4+4 |');
    const far = await bench('--provider', 'cpu', '--lookahead', '9');
    expect(far).toMatchObject({ code: 2, stdout: '' });
    expect(far.stderr).toContain('Lookahead 9 is wider than the grid of golden llamagen c2i');
  });

  it('measures loading, steps, pictures, bandwidth and memory in each precision, prints tables and writes the same as JSON', async () => {
    const file = path.join(folder, 'figures.json');
    const { code, stdout, stderr } = await bench(
      ...['--provider', 'cpu', '--precision', 'stored,int8', '--windows', '4,1', '--tokens', '1,4,100'],
      ...['--lengths', '16,64,128', '--rounds', '1', '--passes', '2', '--out', file, '--json'],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const report = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as BenchmarkReport;
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(report);
    expect(report).toMatchObject({
      format: 'zipar-bench',
      rounds: 1,
      model: { name: 'golden llamagen c2i', grid: [8, 8], guidance: 4 },
    });
    expect(report.results.map(({ provider, precision }) => [provider, precision])).toEqual([
      ['cpu', 'stored'],
      ['cpu', 'int8'],
    ]);
    for (const { steps, cache, pictures, ...result } of report.results) {
      // Cases that do not fit into the grid of 64 are left out. Raster order is always made.
      expect(steps.map(({ tokens }) => tokens)).toEqual([1, 4]);
      expect(cache.map(({ length }) => length)).toEqual([16, 64]);
      expect(pictures.map((picture) => [picture.window, picture.steps])).toEqual([
        [8, 64],
        [4, 8 + 7 * 4],
        [1, 8 + 7],
      ]);
      expect(pictures[0]?.speedUpPerReduction.median).toBe(1);
      for (const { ms, outsideShare } of pictures) {
        expect(ms.median).toBeGreaterThan(0);
        expect(outsideShare.median).toBeGreaterThan(0);
        expect(outsideShare.median).toBeLessThan(1);
      }
      for (const { ms, floorMs, timeOverFloor } of pictures)
        // The figures have five digits.
        expect(timeOverFloor.median / (ms.median / floorMs.median)).toBeCloseTo(1, 3);
      for (const { timeOverFloor } of steps) expect(timeOverFloor.median).toBeGreaterThan(0);
      const { loadMs, peakBytes, copyBandwidth, readBandwidth, operationPeak } = result;
      for (const spread of [loadMs, peakBytes, copyBandwidth, readBandwidth, operationPeak])
        expect(spread.median).toBeGreaterThan(0);
      expect(result.imageMs).toBeNull();
    }
    const [stored, int8] = report.results;
    expect(int8?.bytesAStep).toBeLessThan(stored?.bytesAStep ?? 0);
    expect(stdout).toContain('| ms a step by tokens in it | 1 | 4 |');
    expect(stdout).toContain('| cpu, int8, 1 thread | 8 (raster) | 64 |');
  });

  it('reports the result of the comparison with an earlier report', async () => {
    const quick = ['--provider', 'cpu', '--windows', 'none', '--tokens', '1', '--lengths', 'none'];
    const earlier = path.join(folder, 'earlier.json');
    const once = [...quick, '--passes', '1', '--rounds', '1'];
    expect((await bench(...once, '--out', earlier)).code).toBe(0);
    const report = JSON.parse(readFileSync(earlier, 'utf8')) as BenchmarkReport;
    const none = { median: 0, low: 0, high: 0 };
    // Memory, because other programs change no figure of it.
    const small = {
      ...report,
      rounds: 3,
      results: report.results.map((result) => ({ ...result, peakBytes: none })),
    };
    writeFileSync(earlier, JSON.stringify(small));
    const { code, stdout } = await bench(...quick, '--passes', '1', '--rounds', '3', '--against', earlier);
    expect(code).toBe(0);
    expect(stdout).toMatch(/cpu, stored, 1 thread: peak memory in bytes: \S+, was 0\.000/);
  });

  it('refuses what cannot be measured with exit code 2 and a sentence, before it measures', async () => {
    writeFileSync(path.join(folder, 'broken.json'), '{"format": "zipar-bench", "version": 1}');
    const cases: [string[], string][] = [
      [['--provider', 'fpga'], "option '--provider <name>' argument 'fpga' is invalid"],
      [['--precision', 'stored,int3'], 'It must be a list of auto, stored, float16, int8, int4.'],
      [['--windows', '4,0'], 'It must be an integer from 1 to 1024.'],
      [['--windows', '9'], 'Window 9 is wider than the grid of golden llamagen c2i, which has 8 columns.'],
      [['--tokens', 'few'], 'It must be an integer'],
      [['--rounds', '0'], 'It must be an integer from 1 to 1000.'],
      [['--cfg', '101'], 'Guidance 101 is outside 0..100'],
      [['--out', 'figures.txt'], '--out figures.txt does not end in .json; figures are written as JSON.'],
      [['--against', 'missing.json'], 'missing.json cannot be read'],
      [['--against', 'broken.json'], 'broken.json: "versions" must be an object; it is missing.'],
      [['--provider', 'cpu', '--model', 'nowhere'], 'No model is called "nowhere"'],
      [['--provider', 'cpu', '--model', path.join(MODEL, '../llamagen-vq16')], 'holds no transformer'],
    ];
    for (const [args, message] of cases) {
      const { code, stdout, stderr } = await bench(...args);
      expect({ code, stdout }, args.join(' ')).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(message);
    }
  });
});
