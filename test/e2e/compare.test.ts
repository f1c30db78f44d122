/** Comparing decoders, from the command in the palette to the report. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from './until';
import { windowForTests } from './window-for-tests';

const MODEL = resolve(import.meta.dirname, '../golden/llamagen-c2i');

describe('a comparison of decoders', () => {
  const window = windowForTests('newest', { settings: { 'ziparStudio.model': MODEL } });

  it('leads from the palette to a report that VS Code shows', async () => {
    await window().runCommand('ZipAR: Compare Decoders…');
    await window().pickQuickPickItem('10 pictures a decoder', /Compare Decoders/);
    const { name } = JSON.parse(readFileSync(join(MODEL, 'zipar-model.json'), 'utf8')) as { name: string };
    const folder = join(window().workspace, 'zipar-eval', name.replaceAll(' ', '-'));
    await until('the report', 120_000, () => Promise.resolve(existsSync(join(folder, 'report.md'))));
    await until(
      'its preview',
      60_000,
      async () => (await window().editorTitles()).some((title) => title.includes('report.md')),
      async () => (await window().editorTitles()).join(', '),
    );
    const report = readFileSync(join(folder, 'report.md'), 'utf8');
    for (const row of ['| raster | 64 |', '| zipar 4 | 36 |', '| zipar-adaptive 2 |'])
      expect(report).toContain(row);
    await window().screenshot('comparison');
    expect(window().extensionHostErrors()).toEqual([]);
  });
});
