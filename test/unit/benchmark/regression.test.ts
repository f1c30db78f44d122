import { describe, expect, it } from 'vitest';
import { benchmarkTables, describeComparison } from '../../../sidecar/benchmark/benchmark-tables';
import { compareBenchmarks, isRegression, whyIncomparable } from '../../../sidecar/benchmark/regression';
import { around, sampleReport, sampleResult } from './sample-report';

describe('a regression', () => {
  it('is a median that is worse by more than a tenth and by more than both spreads together', () => {
    expect(isRegression(around(100, 5), around(120, 5))).toBe(true);
  });

  it('is none within a tenth, however little the figures spread', () => {
    expect(isRegression(around(100), around(109))).toBe(false);
  });

  it('is none within the noise of either', () => {
    expect(isRegression(around(100, 25), around(120))).toBe(false);
    expect(isRegression(around(100), around(120, 25))).toBe(false);
  });

  it('counts the noise of both together', () => {
    expect(isRegression(around(100, 11), around(120, 11))).toBe(false);
    expect(isRegression(around(100, 9), around(120, 9))).toBe(true);
  });

  it('is none if the figure became better', () => {
    expect(isRegression(around(120), around(100))).toBe(false);
  });
});

describe('reports', () => {
  it('are compared figure by figure, and what became worse is named', () => {
    const slower = sampleReport({
      results: [
        sampleResult({
          steps: [
            { tokens: 1, ms: around(20, 1), timeOverFloor: around(4) },
            { tokens: 4, ms: around(40, 1), timeOverFloor: around(8) },
          ],
        }),
      ],
    });
    const { regressions, compared } = compareBenchmarks(sampleReport(), slower);
    expect(regressions.map(({ configuration, figure }) => `${configuration}: ${figure}`)).toEqual([
      'cpu, stored, 2 threads: step of 4 tokens in ms',
    ]);
    // The eight figures: loading, memory, two steps, one cache length, two pictures, drawing.
    expect(compared).toBe(8);
  });

  it('are compared only if both have the configuration on the same device', () => {
    const others = sampleReport({
      results: [
        sampleResult({ precision: 'int4', loadMs: around(1e6) }),
        sampleResult({ threads: 1, loadMs: around(1e6) }),
        sampleResult({ device: 'Another', loadMs: around(1e6) }),
      ],
    });
    expect(compareBenchmarks(sampleReport(), others)).toEqual({
      regressions: [],
      compared: 0,
      copySpeed: [],
    });
  });

  it('do not compare a picture that takes other steps', () => {
    const [raster] = sampleResult().pictures;
    if (!raster) throw new Error('The sample has a picture.');
    const other = sampleReport({
      results: [sampleResult({ pictures: [{ ...raster, steps: 99, ms: around(1e6) }] })],
    });
    expect(compareBenchmarks(sampleReport(), other).regressions).toEqual([]);
  });

  it('do not compare a picture with a lookahead to one without', () => {
    const [raster] = sampleResult().pictures;
    if (!raster) throw new Error('The sample has a picture.');
    const looking = { ...raster, lookahead: 4, ms: around(1e6) };
    const other = sampleReport({ results: [sampleResult({ pictures: [raster, looking] })] });
    expect(compareBenchmarks(sampleReport(), other).regressions).toEqual([]);
    const slower = sampleReport({
      results: [sampleResult({ pictures: [raster, { ...looking, ms: around(2e6) }] })],
    });
    expect(compareBenchmarks(other, slower).regressions.map(({ figure }) => figure)).toEqual([
      'picture at window 4, lookahead 4 in 16 steps, ms',
    ]);
  });

  it('of another machine, another model or too few rounds are not compared, and the reason is given', () => {
    const { machine, model } = sampleReport();
    const why = (changes: Parameters<typeof sampleReport>[0]): string | undefined =>
      whyIncomparable(sampleReport(), sampleReport(changes));
    expect(why({})).toBeUndefined();
    expect(why({ machine: { ...machine, memoryBytes: 1 } })).toBeUndefined();
    expect(why({ machine: { ...machine, processor: 'Other CPU' } })).toContain('another machine (Some CPU');
    expect(why({ machine: { ...machine, threads: 8 } })).toContain('another machine');
    expect(why({ model: { ...model, guidance: 1 } })).toContain('another model (some model)');
    expect(why({ model: { ...model, weightBytes: 5 } })).toContain('another model');
    expect(why({ rounds: 2 })).toContain('fewer than 3 rounds');
  });
});

describe('the description of a comparison', () => {
  const slow = sampleReport({ results: [sampleResult({ loadMs: around(150, 4) })] });

  it('takes the report of this machine and model out of many, and names each regression with both figures', () => {
    const { machine } = sampleReport();
    const other = sampleReport({ machine: { ...machine, processor: 'Other CPU' } });
    const text = describeComparison(
      slow,
      [
        { file: 'other.json', benchmark: other },
        { file: 'own.json', benchmark: sampleReport() },
      ],
      'results',
    );
    expect(text).toContain('1 of 8 figures are worse beyond noise than in own.json');
    expect(text).toContain('- cpu, stored, 2 threads: load time in ms: 150.0, was 100.0 (50 % more)');
  });

  it('says when the machine itself is slower than it was', () => {
    const busy = sampleReport({ results: [sampleResult({ copyBandwidth: around(5e9) })] });
    const text = describeComparison(busy, [{ file: 'own.json', benchmark: sampleReport() }], 'own.json');
    expect(text).toContain('No regression beyond noise in 8 figures');
    expect(text).toContain('copies (cpu, stored, 2 threads) run at 50 % of the speed');
  });

  it('says why a single file is not compared, and that a folder holds nothing to compare with', () => {
    const { model } = sampleReport();
    const other = { file: 'a.json', benchmark: sampleReport({ model: { ...model, name: 'other' } }) };
    expect(describeComparison(slow, [other], 'a.json')).toBe(
      'Not compared with a.json: it is of another model (other).\n',
    );
    expect(describeComparison(slow, [other, other], 'results')).toContain(
      'results holds no figures of this model',
    );
    expect(describeComparison(slow, [], 'results')).toContain('results holds no figures of this model');
  });
});

describe('the tables', () => {
  it('show the limits of the machine, how far steps and pictures are from them, and which goals are missed', () => {
    const text = benchmarkTables(sampleReport());
    expect(text).toContain('| 100.0 | 20.0 (20.0–20.0) | 150 (150–150) |');
    expect(text).toContain(
      '| times the floor by tokens in a step | 1 | 4 |\n| --- | --- | --- |\n| cpu, stored, 2 threads | 4.00 (4.00–4.00) | 5.00 (5.00–5.00) |',
    );
    expect(text).toContain(
      '| 4 (raster) | 16 | 320 (320–320) | 166 | 1.00x | 1.00x | 200 (200–200) | 1.60 (1.60–1.60) | 2.0 % |',
    );
    expect(text).toContain(
      '| 1.14x | 2.29x | 100 (100–100) | 2.80 (2.80–2.80), above 1.6 | 8.0 %, above 5.0 % |',
    );
  });

  it('ask less of a model that fits into the caches of a processor', () => {
    const results = [sampleResult({ bytesAStep: 1e7 })];
    expect(benchmarkTables(sampleReport({ results }))).not.toContain('above 1.6');
  });

  it('leave a place empty if a configuration lacks a figure that another has', () => {
    const results = [sampleResult(), sampleResult({ precision: 'int4', steps: [], cache: [], pictures: [] })];
    expect(benchmarkTables(sampleReport({ results }))).toContain('| cpu, int4, 2 threads |  |  |');
  });
});
