import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { npzOf } from '../../../sidecar/trace-file/npz';
import { sampleRecord } from './random-records';

const record = sampleRecord();

/** Reads a stored ZIP archive by its directory, as a program that knows only the format. */
function entriesOf(bytes: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer);
  const end = bytes.length - 22;
  expect(view.getUint32(end, true)).toBe(0x06054b50);
  const entries = new Map<string, Uint8Array>();
  let at = view.getUint32(end + 16, true);
  for (let i = 0; i < view.getUint16(end + 10, true); i++) {
    expect(view.getUint32(at, true)).toBe(0x02014b50);
    const size = view.getUint32(at + 24, true);
    const nameLength = view.getUint16(at + 28, true);
    const file = view.getUint32(at + 42, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    const start = file + 30 + view.getUint16(file + 26, true) + view.getUint16(file + 28, true);
    entries.set(name, bytes.subarray(start, start + size));
    at += 46 + nameLength;
  }
  return entries;
}

/** The header and the numbers of a `.npy` file. */
function arrayOf(npy: Uint8Array | undefined): { header: string; words: Int32Array } {
  const bytes = npy ?? new Uint8Array();
  const start = 10 + (bytes[8] ?? 0) + 256 * (bytes[9] ?? 0);
  expect(start % 64).toBe(0);
  const header = new TextDecoder().decode(bytes.subarray(10, start));
  return { header, words: new Int32Array(bytes.slice(start).buffer.slice(0, (bytes.length - start) & ~3)) };
}

describe('a run for NumPy', () => {
  const entries = entriesOf(npzOf(record));

  it('has the tokens and steps of all cells, row by row', () => {
    const { header, words } = arrayOf(entries.get('tokens.npy'));
    const [height, width] = record.run.grid;
    expect(header).toContain(`'descr': '<i4', 'fortran_order': False, 'shape': (${height}, ${width},)`);
    expect(words).toEqual(record.snapshot.tokens);
    expect(arrayOf(entries.get('step_of.npy')).words).toEqual(record.snapshot.stepOf);
  });

  it('has each track, the times of steps, what they were fed, and the settings', () => {
    const tracks = record.snapshot.tracks.map(({ name }) => `${name}.npy`);
    expect([...entries.keys()]).toEqual([
      ...['tokens.npy', 'step_of.npy', ...tracks, 'step_ms.npy'],
      ...['fed_step.npy', 'fed_position.npy', 'fed_token.npy', 'settings.npy'],
    ]);
    const fed = record.fed.flat();
    expect([...arrayOf(entries.get('fed_token.npy')).words]).toEqual(fed.map(({ token }) => token));
  });

  it('is an archive that other programs find whole', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'zipar-npz-'));
    try {
      const file = path.join(folder, 'run.npz');
      await writeFile(file, npzOf(record));
      const program = 'import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).testzip())';
      expect(execFileSync('python3', ['-c', program, file], { encoding: 'utf8' }).trim()).toBe('None');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
