/** What a user takes away from a run: its picture in the clipboard, and an animation of its steps. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseFromMenu, openMenuWith } from './context-menu';
import { generate, stepsDone } from './generation';
import { openRuns, row } from './runs';
import { until } from './until';
import { windowForTests } from './window-for-tests';
import { EMBEDDED, fixedWindowSteps } from '../fixtures/embedded-model';

const STEPS = fixedWindowSteps(4);
const PROMPT = 'snow at dawn';
/** Sides of the picture of the model that ships. */
const SIDES = [EMBEDDED.image.width, EMBEDDED.image.height];

/** Runs in the browser. Width and height of the picture in the clipboard; undefined if there is none. */
const SIDES_OF_COPIED_PICTURE = `(async () => {
  window.focus();
  const [item] = await navigator.clipboard.read().catch(() => []);
  if (!item?.types.includes('image/png')) return undefined;
  const { width, height } = await createImageBitmap(await item.getType('image/png'));
  return [width, height];
})()`;

describe('the menu of a run in the list of runs', () => {
  const window = windowForTests('newest', {
    settings: { 'ziparStudio.window': 4, 'ziparStudio.seed': 7 },
    size: { width: 1280, height: 800 },
  });

  async function choose(entry: string): Promise<void> {
    const { page } = window();
    await openMenuWith(page, await row(window(), PROMPT), entry);
    await chooseFromMenu(page, entry);
  }

  it('copies the picture, though no page showed the run before', async () => {
    await generate(window(), PROMPT);
    await stepsDone(await window().webviewFrame('.token-grid'), STEPS);
    await openRuns(window());
    await row(window(), PROMPT);
    await window().runCommand('View: Close All Editors');
    await choose('Copy Picture');
    const sides = await until('the picture in the clipboard', () =>
      window().page.evaluate<number[] | undefined>(SIDES_OF_COPIED_PICTURE),
    );
    expect(sides).toEqual(SIDES);
  });

  it('has its own entries on the page of the run, and none that does nothing', async () => {
    const frame = await window().webviewFrame('.token-grid');
    await openMenuWith(window().page, frame.locator('canvas.picture'), 'Copy Seed');
    const menu = window().page.locator('.monaco-menu .action-item:not(.disabled)');
    const entries = (await menu.allInnerTexts()).map((text) => text.trim()).filter((text) => text !== '');
    expect(entries).toEqual(['Export Run…', 'Copy Seed', 'Copy as Command Line']);
    await window().page.keyboard.press('Escape');
  });

  it('exports an animation in which the model decodes the picture of each step', async () => {
    await window().runCommand('View: Close All Editors');
    await choose('Export Run…');
    const forms = await window().quickInput(/Export Run/);
    await forms.pick('Animation as PNG');
    const file = join(window().workspace, 'steps.png');
    await window().answerFileDialog(file);
    const told = await window().notification(/^steps\.png: Each step shows the picture that the model/);
    expect(told.message).not.toContain('because');
    await window().screenshot('animation-exported');
    expect(existsSync(file)).toBe(true);
    expect(readFileSync(file).subarray(37, 41).toString('latin1')).toBe('acTL');
    expect(window().extensionHostErrors()).toEqual([]);
  });
});
