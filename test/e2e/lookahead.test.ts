/** A run with a lookahead: chosen beside the prompt, drawn, and looked at step by step. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { readPngText } from '../../sidecar/image/png';
import { until } from './until';
import { windowForTests } from './window-for-tests';
import { EMBEDDED } from '../fixtures/embedded-model';

const CELLS = EMBEDDED.cells;

describe('a run with a lookahead', () => {
  const window = windowForTests('newest', {
    settings: { 'ziparStudio.decoder': 'raster', 'ziparStudio.seed': 7 },
  });
  let steps = 0;

  it('is chosen beside the prompt, and makes the picture in fewer steps', async () => {
    await window().runCommand('ZipAR: Generate Image…');
    const prompt = await window().quickInput(/^Generate Image · Raster order/);
    await prompt.type('a lake at dusk with a red sun and clouds');
    await (
      await prompt.pressButton('Decoder, Window, Seed, Guidance…', 'How the Next Images Are Made')
    ).pick('Lookahead');
    const lookaheads = await window().quickInput('Lookahead');
    const eight = (await lookaheads.items()).find((label) => label.startsWith('8: '));
    expect(eight).toMatch(new RegExp(`^8: at least \\d+ steps instead of ${CELLS}`));
    await lookaheads.pick(eight ?? '');
    await window().quickInput('How the Next Images Are Made');
    await window().page.keyboard.press('Escape'); // closes the choices; the prompt is open again
    await (await window().quickInput('Generate Image · Raster order · Lookahead 8 · Seed 7')).accept();
    const file = await until('the picture', () => {
      const folder = join(window().workspace, 'zipar-images');
      const [name] = readdirSync(window().workspace).includes('zipar-images') ? readdirSync(folder) : [];
      return Promise.resolve(name?.endsWith('.png') ? join(folder, name) : undefined);
    });
    const made = JSON.parse(readPngText(readFileSync(file)).get('zipar') ?? '') as { steps: number };
    expect(made).toMatchObject({ decoder: 'raster', lookahead: 8, rasterSteps: CELLS });
    ({ steps } = made);
    expect(steps).toBeLessThan(CELLS / 2);
  });

  it('shows in each step which drafts were confirmed, which were corrected, and which are open', async () => {
    const frame = await window().webviewFrame('.token-grid');
    const slider = frame.locator('input.step-slider');
    await slider.fill('0');
    await shown(frame, 0);
    await slider.focus();
    const decided = new Set<number>();
    let earlier: ReadonlySet<number> = new Set();
    let confirmed = 0;
    for (let step = 1; step <= 12; step++) {
      await slider.press('ArrowRight');
      const grid = await shown(frame, step);
      for (const cell of grid.highlighted) decided.add(cell);
      const settled = new Set([...grid.confirmed, ...grid.corrected]);
      for (const cell of settled) expect(decided).toContain(cell);
      for (const cell of grid.drafts) expect(decided).not.toContain(cell);
      for (const cell of earlier) expect(settled).toContain(cell);
      earlier = settled;
      confirmed = grid.confirmed.length;
      // A front is the first cell of its row that is not decided.
      for (const cell of grid.fronts) {
        expect(decided).not.toContain(cell);
        expect(decided).toContain(cell - 1);
      }
      expect(await frame.locator('.figure-drafts').innerText()).toMatch(/^\d+ of \d+$/);
    }
    expect(confirmed).toBeGreaterThan(0);
    await window().screenshot('lookahead-step');
  });

  it('says that the picture is the same, and what a confirmed draft is', async () => {
    const frame = await window().webviewFrame('.token-grid');
    expect(await frame.locator('.figure-plain').innerText()).toBe(
      `${steps} of ${CELLS.toLocaleString('en')}`,
    );
    const page = await frame.locator('body').innerText();
    expect(page).toContain('Raster order, lookahead 8');
    expect(page).toContain('A draft is a guess for a cell whose turn has not come.');
    expect(page).toContain(`the same as in ${CELLS} steps without drafts`);
    await frame.locator('input.step-slider').fill(String(steps));
    const { drafts, confirmed, corrected, fronts } = await shown(frame, steps);
    expect(drafts).toEqual([]);
    expect(fronts).toEqual([]);
    expect(confirmed.length + corrected.length).toBeLessThan(CELLS);
    expect(confirmed.length).toBeGreaterThan(corrected.length);
    await window().screenshot('lookahead');
    expect(window().extensionHostErrors()).toEqual([]);
  });
});

/** The cells that the token grid shows at a step, by what they are. */
async function shown(frame: Frame, step: number) {
  const grid = frame.locator('.token-grid');
  const attribute = async (name: string): Promise<string> => (await grid.getAttribute(`data-${name}`)) ?? '';
  await until(`step ${step} in the grid`, async () => (await attribute('step')) === String(step));
  const cells = async (name: string): Promise<number[]> => {
    const list = await attribute(name);
    return list === '' ? [] : list.split(',').map(Number);
  };
  return {
    highlighted: await cells('highlighted'),
    drafts: await cells('drafts'),
    confirmed: await cells('confirmed'),
    corrected: await cells('corrected'),
    fronts: await cells('fronts'),
  };
}
