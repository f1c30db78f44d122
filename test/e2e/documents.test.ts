/** Runs as documents: kept, found again after a reload, and opened without a model. */
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runZipar } from '../integration/zipar-process';
import { chooseFromMenu, openMenuWith } from './context-menu';
import { generate, stepsDone } from './generation';
import { largeGridModel } from './large-grid-model';
import { openPicture, openRuns, pressInRow, row, rowsOf } from './runs';
import { succeeds, until } from './until';
import { vscodes, windowForTests } from './window-for-tests';
import { fixedWindowSteps } from '../fixtures/embedded-model';

const STEPS = fixedWindowSteps(4);
const settings = { 'ziparStudio.window': 4, 'ziparStudio.seed': 7 };
/** What a page remembers: its step, and in the step-through the file of the run, once the picture is kept. */
const STEP_30 = /\bstep\W+30\b/;
const STEP_30_OF_A_FILE = /\bstep\W+30\b[^]{0,400}?\bfile\W+file:/;
const PROMPTS = ['snow at dawn', 'sea by night', 'hills at noon'];

describe.each(vscodes)('runs in the %s VS Code', (age) => {
  const window = windowForTests(age, { settings, size: { width: 1400, height: 860 } });
  const sidecars = () =>
    window()
      .processes()
      .filter(({ commandLine }) => commandLine.includes('dist/sidecar.js'));
  const pictures = (): string[] => {
    const folder = join(window().workspace, 'zipar-images');
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.png')) : [];
  };

  it('are kept as files and listed, the newest first', async () => {
    for (const [i, prompt] of PROMPTS.entries()) {
      await generate(window(), prompt);
      await until(`picture ${i + 1}`, () => Promise.resolve(pictures().length === i + 1));
    }
    await openRuns(window());
    for (const prompt of PROMPTS) await row(window(), prompt);
    const texts = (await rowsOf(window()).allInnerTexts()).join('\n');
    expect(texts).toMatch(/Today[^]*hills at noon[^]*sea by night[^]*snow at dawn/);
    expect(texts).toContain('zipar 4');
  });

  it('show their picture when the pointer rests on them', async () => {
    const line = await row(window(), 'sea by night');
    const image = window().page.locator('.monaco-hover img').first();
    // A list that is read again meanwhile takes the tooltip away.
    await until('the tooltip', async () => {
      const hovered = line.hover({ position: { x: 30 * Math.random(), y: 5 }, timeout: 5_000 });
      return succeeds(hovered.then(() => image.waitFor({ timeout: 5_000 })));
    });
    await until('the picture in the tooltip', () =>
      image.evaluate((each) => (each as unknown as { naturalWidth: number }).naturalWidth > 0),
    );
    await window().screenshot('run-tooltip');
  });

  it('are opened and made again from the menu of the Explorer', async () => {
    const { page } = window();
    await page.locator('.activitybar [aria-label^="Explorer"]').first().click({ timeout: 10_000 });
    const files = page.locator('.explorer-folders-view .monaco-list-row');
    const file = files.filter({ hasText: 'snow-at-dawn' }).first();
    await until('the picture in the Explorer', async () => {
      if (await file.isVisible()) return true;
      await files.filter({ hasText: 'zipar-images' }).first().click({ timeout: 10_000 });
      return false;
    });
    await openMenuWith(page, file, 'Generate with These Settings…');
    const menu = page.locator('.monaco-menu .action-item');
    expect(await menu.filter({ hasText: /^Open Step-Through$|^Generate Again$/ }).count()).toBe(2);
    await window().screenshot('explorer-menu');
    await chooseFromMenu(page, 'Generate with These Settings…');
    const prompt = await window().quickInput(/^Generate Image · ZipAR · Window 4 · Seed 7/);
    expect(await prompt.value()).toBe('snow at dawn');
    await prompt.cancel();
    await openRuns(window());
  });

  it('come back after a reload at the step where they were, without the sidecar', async () => {
    await openPicture(window(), 'sea by night');
    const before = await window().webviewFrame('.token-grid[data-run-id="0"]');
    await stepsDone(before, STEPS);
    await before.locator('input.step-slider').fill('30');
    await before.locator('.token-grid[data-step="30"]').waitFor();
    await window().editorsWritten(STEP_30);
    await window().reload();
    // While it restores the editor, VS Code may load its page twice.
    const selector = '.token-grid[data-run-id="0"][data-step="30"]';
    const after = await window().webviewFrame(selector);
    await stepsDone(after, STEPS);
    expect(await after.locator('.run-header h1').innerText()).toBe('sea by night');
    await after.getByText('Decided cells show the finished picture').waitFor();
    await after.locator(`canvas.picture[data-picture-step="${STEPS}"]`).waitFor();
    await until('the sidecar of before to end', () => Promise.resolve(sidecars().length === 0));
    await window().screenshot('documents');
    expect(window().extensionHostErrors()).toEqual([]);
  });

  it('are drawn at any step once the sidecar runs', async () => {
    const page = await window().webviewFrame('.token-grid[data-run-id="0"]');
    await page.getByText('Draw Each Step').click();
    await page.locator('canvas.picture[data-picture-step="30"]').waitFor();
  });
});

describe('a run in the step-through', () => {
  const window = windowForTests('newest', { settings, size: { width: 1400, height: 860 } });

  it('comes back after a reload at its step, though its sidecar is gone', async () => {
    await generate(window(), 'sea by night');
    const before = await window().webviewFrame('.token-grid');
    await stepsDone(before, STEPS);
    await before.locator('input.step-slider').fill('30');
    await before.locator('.token-grid[data-step="30"]').waitFor();
    await window().editorsWritten(STEP_30_OF_A_FILE);
    await window().reload();
    const after = await window().webviewFrame('.token-grid[data-run-id="0"][data-step="30"]');
    expect(await after.locator('.run-header h1').innerText()).toBe('sea by night');
    expect(await window().editorTitles()).toContain('ZipAR Step-Through');
    expect(window().extensionHostErrors()).toEqual([]);
  });
});

describe('a picture that came from elsewhere', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zipar-documents-'));
  const window = windowForTests('newest', {
    workspace: folder,
    size: { width: 620, height: 860 },
    theme: 'light',
    settings: { 'ziparStudio.sidecar.nodePath': '/nowhere/node' },
  });
  beforeAll(async () => {
    await runZipar(folder, ['generate', 'sea by night', '--seed', '7', '--window', '4', '--out', 'sea.png']);
    cpSync(join(folder, 'sea.png'), join(folder, 'copy.png'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows how it was made in a window that cannot start the sidecar', async () => {
    await openRuns(window());
    await openPicture(window(), 'sea by night');
    const page = await window().webviewFrame('.token-grid[data-run-id="0"]');
    await stepsDone(page, STEPS);
    await page.locator('input.step-slider').fill('20');
    await page.locator('.token-grid[data-step="20"]').waitFor();
    await window().screenshot('documents-elsewhere');
    expect(window().extensionHostErrors()).toEqual([]);
  });
});

describe('a queue of three', () => {
  const folder = largeGridModel();
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const window = windowForTests('newest', {
    settings: { 'ziparStudio.model': folder, 'ziparStudio.decoder': 'raster', 'ziparStudio.seed': 7 },
  });

  it('is shown in line, and one of it can be cancelled', async () => {
    for (const prompt of PROMPTS) await generate(window(), prompt);
    await openRuns(window());
    await row(window(), /snow at dawn.*being made/s);
    await row(window(), /hills at noon.*waiting/s);
    await pressInRow(window(), /sea by night.*waiting/s, 'Cancel');
    await until('the second to leave', async () => {
      const texts = (await rowsOf(window()).allInnerTexts()).join('\n');
      return !texts.includes('sea by night');
    });
    await window().screenshot('queue');
    // A run that was cancelled before its first step leaves nothing to keep.
    const page = await window().webviewFrame('.token-grid');
    await page.locator('.token-grid:not([data-steps-done="0"])').waitFor();
    await window().runCommand('ZipAR: Cancel Generation');
    await row(window(), /hills at noon.*being made/s);
    await window().runCommand('ZipAR: Cancel All');
    // What was made of the cancelled runs is kept.
    await row(window(), /snow at dawn.*stopped after/s);
    expect(window().extensionHostErrors()).toEqual([]);
  });
});
