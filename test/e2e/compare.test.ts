/** Comparing decoders, from the command in the palette to the report. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accessibilityViolations } from './accessibility';
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
    const page = await window().webviewFrame('.decoder-report', 60_000);
    expect(await page.locator('.decoders tbody tr').count()).toBeGreaterThan(3);
    const sheet = page.locator('.contact-sheet tbody tr');
    expect(await sheet.count()).toBe(8);
    await until('the pictures', 60_000, () =>
      page
        .locator('.contact-sheet img')
        .first()
        .evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth > 0),
    );
    expect(await sheet.first().locator('td').first().innerText()).toMatch(
      /^64 steps, .+\n[\d.]+ nats, 100 % same$/,
    );
    expect(await accessibilityViolations(page)).toEqual([]);
    const report = readFileSync(join(folder, 'report.md'), 'utf8');
    for (const row of ['| raster | 64 |', '| zipar 4 | 36 |', '| zipar-adaptive 2 |'])
      expect(report).toContain(row);
    await window().screenshot('comparison');
    await sheet.first().getByText('Compare').first().click();
    await window().webviewFrame('.difference-map[data-first]', 60_000);
    expect((await window().editorTitles()).some((title) => title.includes('raster'))).toBe(true);
    expect(window().extensionHostErrors()).toEqual([]);
  });
});
