import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseBenchmark, readBenchmarks } from '../../../sidecar/benchmark/read-benchmark';
import { compareBenchmarks } from '../../../sidecar/benchmark/regression';
import { sampleReport, sampleResult } from './sample-report';

function parse(value: unknown): unknown {
  return parseBenchmark(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), 'old.json');
}

describe('figures of an earlier benchmark', () => {
  it('are read as they were written, if they are compared', () => {
    const read = parseBenchmark(Buffer.from(JSON.stringify(sampleReport())), 'old.json');
    expect(compareBenchmarks(read, sampleReport()).compared).toBe(8);
    expect(sampleReport()).toMatchObject(read);
  });

  it('are refused in a sentence that names file and place where they cannot be right', () => {
    const report = sampleReport();
    const result = sampleResult();
    const withResult = (changes: object): object => ({ ...report, results: [{ ...result, ...changes }] });
    const cases: [unknown, string][] = [
      ['{"format": ', 'old.json: it is not valid JSON'],
      ['{"format": 1, "format": 2}', 'old.json: it has the key "format" twice'],
      ['['.repeat(50), 'old.json: it is nested deeper than 12 levels'],
      ['[]', 'old.json: it must be a JSON object.'],
      [{ tokens: [1, 2] }, 'old.json holds no figures of "zipar bench"'],
      [{ ...report, version: 2 }, 'written by another version'],
      [{ ...report, machine: 'fast' }, 'old.json: "machine" must be an object; it is "fast".'],
      [{ ...report, rounds: 0 }, 'old.json: "rounds" must be an integer from 1 to 65536; it is 0.'],
      [{ ...report, results: 'many' }, 'old.json: "results" must be a list of at most 1000; it is "many".'],
      [{ ...report, results: new Array(1001).fill(result) }, '"results" must be a list of at most 1000'],
      [{ ...report, model: { ...report.model, grid: [16] } }, '"model.grid" must be [rows, columns]'],
      [
        withResult({ precision: 'auto' }),
        'old.json: "results[0].precision" must be one of stored, float16, int8, int4',
      ],
      [withResult({ loadMs: undefined }), 'old.json: "results[0].loadMs" must be an object; it is missing.'],
      [
        withResult({ loadMs: { median: -1, low: -1, high: 0 } }),
        '"results[0].loadMs.median" must be a number',
      ],
      [withResult({ loadMs: { median: 5, low: 6, high: 7 } }), 'must have its median between low and high'],
      [
        withResult({ steps: [{ tokens: 1.5, ms: result.loadMs }] }),
        '"results[0].steps[0].tokens" must be an integer',
      ],
    ];
    for (const [value, message] of cases) expect(() => parse(value), message).toThrow(message);
  });

  it('do not let a prototype answer for a field that is missing', () => {
    expect(() => parse('{"format": "zipar-bench", "version": 1, "__proto__": {"rounds": 5}}')).toThrow(
      '"versions" must be an object; it is missing',
    );
  });
});

describe('files to compare with', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'zipar-benchmark-'));
    writeFileSync(path.join(folder, 'b.json'), JSON.stringify(sampleReport()));
    writeFileSync(path.join(folder, 'a.json'), JSON.stringify(sampleReport()));
    writeFileSync(path.join(folder, 'notes.md'), 'not figures');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('are one file, or every .json in a folder', async () => {
    const names = async (name: string): Promise<string[]> =>
      (await readBenchmarks(name)).map(({ file }) => path.basename(file));
    expect(await names(path.join(folder, 'b.json'))).toEqual(['b.json']);
    expect(await names(folder)).toEqual(['a.json', 'b.json']);
  });

  it('are read in UTF-16, as Windows PowerShell writes', async () => {
    const file = path.join(folder, 'utf16.json');
    writeFileSync(file, Buffer.from(`\ufeff${JSON.stringify(sampleReport())}`, 'utf16le'));
    const [read] = await readBenchmarks(file);
    rmSync(file);
    expect(read?.benchmark.rounds).toBe(sampleReport().rounds);
  });

  it('that are not there or far too large are refused before they are read', async () => {
    await expect(readBenchmarks(path.join(folder, 'none.json'))).rejects.toThrow(/none\.json cannot be read/);
    const large = path.join(folder, 'large.bin');
    writeFileSync(large, '');
    truncateSync(large, 1 << 30);
    await expect(readBenchmarks(large)).rejects.toThrow(
      /large\.bin: the file is larger than 4194304 bytes; measure anew/,
    );
  });
});
