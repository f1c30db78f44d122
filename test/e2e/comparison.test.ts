/** Two runs side by side: from one click on a run, and from files alone. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runZipar } from '../integration/zipar-process';
import { accessibilityViolations } from './accessibility';
import { chooseFromMenu, openMenuWith } from './context-menu';
import { generate, stepsDone } from './generation';
import { openRuns, pressInRow, row } from './runs';
import { until } from './until';
import { vscodes, windowForTests } from './window-for-tests';
import { EMBEDDED, fixedWindowSteps } from '../fixtures/embedded-model';

const ZIPAR_STEPS = fixedWindowSteps(4);
const RASTER_STEPS = EMBEDDED.cells;

/** The parts of `zipar diff --json` that the page shows, too. */
interface Difference {
  readonly differing: readonly number[];
  readonly runs: readonly { readonly meanNll: number }[];
  readonly first: {
    readonly position: number;
    readonly row: number;
    readonly column: number;
    readonly sides: readonly { readonly token: number; readonly unseenAbove: number }[];
  };
}

async function diff(folder: string, files: readonly string[]): Promise<Difference> {
  const { code, stdout, stderr } = await runZipar(folder, ['diff', ...files, '--json']);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Difference;
}

/** Checks that the page says where the runs part, as `zipar diff` does. */
async function expectSame(page: Frame, { first, differing }: Difference): Promise<void> {
  expect(await page.locator('.difference-map').getAttribute('data-first')).toBe(String(first.position));
  const text = await page.locator('.divergence').innerText();
  expect(text).toContain(`row ${first.row + 1}, column ${first.column + 1}`);
  const { width } = EMBEDDED.grid;
  for (const { token, unseenAbove } of first.sides) {
    expect(text).toMatch(
      unseenAbove === 0
        ? new RegExp(`drew ${token} in step \\d+ and saw every token above`)
        : new RegExp(
            `drew ${token} in step \\d+ and could not see ${unseenAbove} of the ${width} tokens above`,
          ),
    );
  }
  expect(await page.locator('.figure-differing').innerText()).toBe(
    `${differing.length.toLocaleString('en')} of ${RASTER_STEPS.toLocaleString('en')}`,
  );
}

/** A script that presses the button *Compare* of the page as soon as it can be pressed. */
const COMPARE_AT_ONCE = `
  const timer = setInterval(() => {
    const button = [...document.querySelectorAll('vscode-button:not([disabled])')].find(
      (each) => each.offsetParent !== null && each.textContent.trim() === 'Compare',
    );
    if (!button) return;
    clearInterval(timer);
    button.click();
  }, 1);
`;

describe.each(vscodes)('raster beside ZipAR in the %s VS Code', (age) => {
  const window = windowForTests(age, {
    settings: { 'ziparStudio.window': 4, 'ziparStudio.seed': 7 },
    size: { width: 1400, height: 900 },
  });

  it('is one click away from a finished run, and parts from it where `zipar diff` says', async () => {
    await generate(window(), 'snow at dawn');
    const run = await window().webviewFrame('.token-grid');
    // At once when the run has ended, while its file is being written.
    await run.evaluate(COMPARE_AT_ONCE);
    await stepsDone(run, ZIPAR_STEPS);
    const page = await window().webviewFrame('.difference-map[data-first]:not([data-first=""])');
    const folder = join(window().workspace, 'zipar-images');
    const files = readdirSync(folder).sort();
    expect(files).toHaveLength(2);
    const shown = await page.locator('.details').allInnerTexts();
    expect(shown[0]).toContain(`${ZIPAR_STEPS} steps`);
    expect(shown[1]).toContain(`${RASTER_STEPS} steps`);
    const [zipar, raster] = shown.map((text) => files.find((file) => text.includes(file)) ?? '');
    const difference = await diff(folder, [zipar ?? '', raster ?? '']);
    await expectSame(page, difference);
    // The model computes how likely both are: the same numbers as on the command line.
    const likelihoods = difference.runs.map(({ meanNll }) => `−${meanNll.toFixed(3)}`).join(', ');
    await until(
      'the likelihoods',
      async () => (await page.locator('.figure-in-raster').innerText()) === likelihoods,
      () => page.locator('.comparison-figures').innerText(),
    );
    await page.locator('canvas.picture[data-picture-step]').nth(1).waitFor();
    await window().screenshot('comparison-end');
    expect(await accessibilityViolations(page)).toEqual([]);
  });

  it('moves both runs with one slider, and marks the parting once both have come to it', async () => {
    const page = await window().webviewFrame('.difference-map');
    await page.locator('input.step-slider').fill('0');
    await page.locator('.difference-map[data-first=""]').waitFor();
    await page.getByText('First Difference').click();
    await page.locator('.difference-map:not([data-first=""])').waitFor();
    const sentence = await page.locator('.playback .sentence').innerText();
    expect(sentence).toMatch(
      new RegExp(`At \\d+ cells: A step \\d+ of ${ZIPAR_STEPS}, .* B step \\d+ of ${RASTER_STEPS}, `),
    );
    // Both runs are drawn at this step by the sidecar.
    await page.locator('.token-grid').first().hover();
    await page.locator('.cell-table table').waitFor();
    await window().screenshot('comparison-parting');
    await page.locator('.token-grid').first().focus();
    await window().page.keyboard.press('n');
    await until('the next difference to be read aloud', async () =>
      (await page.locator('.spoken').innerText()).includes('The tokens differ.'),
    );
    // Zoom is linked: all squares show the same part.
    await window().page.keyboard.press('+');
    await until('five squares to zoom', async () => (await page.locator('[data-zoom="1.5"]').count()) === 5);
    await window().screenshot('comparison-zoomed');
    await window().page.keyboard.press('0');
    await until('the whole grid', async () => (await page.locator('[data-zoom="1"]').count()) === 5);
    expect(window().extensionHostErrors()).toEqual([]);
  });

  it('makes a branch with another token, and compares it with its parent', async () => {
    await window()
      .page.getByRole('tab', { name: /ZipAR Step-Through/ })
      .click();
    const page = await window().webviewFrame('.cell-inspector');
    await page.locator('.token-grid').click({ position: { x: 100, y: 60 } });
    await page.locator('vscode-button:not([disabled])', { hasText: 'Branch' }).click();
    const changes = await window().quickInput(/Branch of “snow at dawn” from Step/);
    const another = (await changes.items()).find((item) => item.includes('Another Token')) ?? '';
    await changes.pick(another.split('\n')[0] ?? '');
    const token = await window().quickInput(/^Token/);
    await token.type('3');
    await token.accept();
    await until('the comparison of the run and its branch', async () =>
      (await window().editorTitles()).some((title) => title.includes('raster ↔ raster')),
    );
    const compared = await window().webviewFrame('.difference-map[data-first]:not([data-first=""])');
    await until('the branch to draw the token', async () =>
      (await compared.locator('.divergence').innerText()).includes('B drew 3 '),
    );
    await window().screenshot('comparison-branch');
    await openRuns(window());
    await window().page.locator('.part.sidebar .monaco-list-row[aria-level="3"]').waitFor();
    await window().screenshot('branch-in-the-list');
    expect(window().extensionHostErrors()).toEqual([]);
  });
});

describe('two files in a window that cannot start the sidecar', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zipar-comparison-'));
  const window = windowForTests('newest', {
    workspace: folder,
    size: { width: 700, height: 860 },
    theme: 'high-contrast',
    settings: { 'ziparStudio.sidecar.nodePath': '/nowhere/node' },
  });
  beforeAll(async () => {
    const make = (...more: string[]) =>
      runZipar(folder, ['generate', 'sea by night', '--seed', '7', ...more]);
    await make('--window', '4', '--out', 'zipar.png');
    await make('--decoder', 'raster', '--out', 'raster.png');
    await make('--decoder', 'raster', '--seed', '8', '--out', 'other.png');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('are compared, and the raster run of the same seed is found without making it', async () => {
    await openRuns(window());
    // The list is complete with the file that was written last. VS Code drops what is pressed while it reads a list again.
    await row(window(), /sea by night.*raster.*Seed 8/s);
    await pressInRow(window(), /sea by night.*zipar 4/s, 'Compare with Raster');
    const page = await window().webviewFrame('.difference-map[data-first]:not([data-first=""])');
    await expectSame(page, await diff(folder, ['zipar.png', 'raster.png']));
    await page.locator('vscode-dropdown[aria-label="Compare cells by"]').click();
    await page.locator('vscode-option', { hasText: 'Log-probability' }).click();
    await window().screenshot('comparison-files');
    expect(await accessibilityViolations(page)).toEqual([]);
    expect(window().extensionHostErrors()).toEqual([]);
  });

  it('are compared when both are selected in the list', async () => {
    await (await row(window(), /sea by night.*raster.*Seed 8/s)).click();
    await (
      await row(window(), /sea by night.*raster.*Seed 7/s)
    ).click({ modifiers: ['ControlOrMeta'], button: 'left' });
    const second = await row(window(), /sea by night.*raster.*Seed 7/s);
    await openMenuWith(window().page, second, 'Compare Selected Runs');
    await chooseFromMenu(window().page, 'Compare Selected Runs');
    await until('the comparison of the two', async () =>
      (await window().editorTitles()).some((title) => title.includes('sea by night: raster ↔ raster')),
    );
  });
});
