/** Comparing decoders, from the command in the palette to the page with its report, and from a picture of it to two runs. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessibilityViolations } from './accessibility';
import { writeTinyModel } from './tiny-model';
import { until } from './until';
import { windowForTests } from './window-for-tests';

describe('a comparison of decoders', () => {
  const model = mkdtempSync(join(tmpdir(), 'zipar-compared-model-'));
  beforeAll(() => writeTinyModel(model, 'tiny'));
  afterAll(() => {
    rmSync(model, { recursive: true });
  });
  const window = windowForTests('newest', {
    theme: 'light',
    settings: { 'ziparStudio.model': model },
    size: { width: 1400, height: 900 },
  });

  it('leads from the palette to a page with a table, a plot and eight pictures of each decoder', async () => {
    await window().runCommand('ZipAR: Compare Decoders…');
    await window().pickQuickPickItem('10 pictures a decoder', /Compare Decoders/);
    const folder = join(window().workspace, 'zipar-eval', 'tiny');
    await until('the report', () => Promise.resolve(existsSync(join(folder, 'report.md'))));
    const page = await window().webviewFrame('.decoder-report');
    const report = readFileSync(join(folder, 'report.md'), 'utf8');
    for (const row of ['| raster | 16 |', '| zipar 2 |']) expect(report).toContain(row);
    const decoders = await page.locator('.decoders tbody tr').count();
    expect(decoders).toBeGreaterThan(3);
    expect(await page.locator('.plot text').count()).toBeGreaterThan(5);
    expect(readdirSync(join(folder, 'pictures'))).toHaveLength(8 * decoders);
    const seeds = page.locator('.contact-sheet tbody tr');
    expect(await seeds.count()).toBe(8);
    expect(await seeds.first().locator('img').count()).toBe(decoders);
    await until('the first picture', () =>
      page
        .locator('.contact-sheet img')
        .first()
        .evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth > 0),
    );
    const facts = await seeds.first().locator('.facts').first().innerText();
    expect(facts).toMatch(/^16 steps, .+\n[\d.]+ nats, 100 % same$/);
    expect(await accessibilityViolations(page)).toEqual([]);
    await window().screenshot('decoder-report');
  });

  it('leads from a picture to its run beside the one in raster order', async () => {
    const page = await window().webviewFrame('.decoder-report');
    await page.locator('.contact-sheet .link').first().click();
    const comparison = await window().webviewFrame('.difference-map[data-first]');
    const details = await comparison.locator('.details').allInnerTexts();
    expect(details[1]).toContain('raster-0.png');
    expect(window().extensionHostErrors()).toEqual([]);
  });
});
