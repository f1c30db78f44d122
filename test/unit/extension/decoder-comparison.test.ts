import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { progressFrom, runComparison } from '../../../extension/decoder-comparison';
import type { NodeRuntime } from '../../../extension/node-runtime';
import { ZiparCommandError } from '../../../extension/zipar-command';
import { temporaryFolder } from './temporary-folder';

const RUNTIME: NodeRuntime = {
  execPath: process.execPath,
  version: process.versions.node,
  source: 'path',
  env: {},
};
const folder = temporaryFolder();

function comparison(script: string, signal = new AbortController().signal) {
  const file = join(folder(), 'zipar.js');
  writeFileSync(file, script);
  const progress: string[] = [];
  const ended = runComparison({
    runtime: RUNTIME,
    script: file,
    arguments: ['--images', '3'],
    signal,
    onProgress: (made, wanted) => progress.push(`${made}/${wanted}`),
    onPacking: (precision, fraction) => progress.push(`${precision} ${fraction}`),
  });
  return { ended, progress };
}

describe('a comparison of decoders', () => {
  it('reports progress and resolves when the report is written', async () => {
    const { ended, progress } = comparison(`
      process.send({ type: 'packing', precision: 'int4', fraction: 0.5 });
      for (const made of [1, 2]) process.send({ type: 'progress', made, wanted: Number(process.argv[4]) });
      process.disconnect();
    `);
    expect(await ended).toBe(true);
    expect(progress).toEqual(['int4 0.5', '1/3', '2/3']);
  });

  it('rejects with the sentence of the command, and says whether the arguments were wrong', async () => {
    const refused = comparison(`console.error('zipar: Window 17 is outside 1..16.'); process.exit(2);`).ended;
    await expect(refused).rejects.toMatchObject({ message: 'Window 17 is outside 1..16.', isUsage: true });
    const failed = comparison(`process.exit(7);`).ended;
    await expect(failed).rejects.toThrow(ZiparCommandError);
    await expect(failed).rejects.toMatchObject({ isUsage: false });
  });

  it('ends the process when it is aborted', async () => {
    const aborter = new AbortController();
    const { ended } = comparison(
      `process.send({ type: 'progress', made: 1, wanted: 2 }); setInterval(() => {}, 1000);`,
      aborter.signal,
    );
    setTimeout(() => {
      aborter.abort();
    }, 300);
    expect(await ended).toBe(false);
  });

  it.each([
    undefined,
    null,
    'progress',
    { type: 'progress' },
    { type: 'progress', made: '1', wanted: 2 },
    { type: 'progress', made: 0, wanted: 0 },
  ])('does not take %j for progress', (message) => {
    expect(progressFrom(message)).toBeUndefined();
  });
});
