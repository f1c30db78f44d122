/** The debugger of a run: in VS Code's own debug view from a file alone, and in the page while a run is made. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../sidecar/trace-file/run-record';
import { readTraceFile } from '../../sidecar/trace-file/trace-file';
import { generate, stepsDone } from './generation';
import { largeGridModel } from './large-grid-model';
import { openPicture, openRuns, row } from './runs';
import { succeeds, until } from './until';
import { vscodes, windowForTests } from './window-for-tests';
import { fixedWindowSteps } from '../fixtures/embedded-model';

const STEPS = fixedWindowSteps(4);
const ENTROPY = 3;

/** The pictures of a workspace with their runs. */
async function recordsIn(workspace: string): Promise<readonly RunRecord[]> {
  const folder = join(workspace, 'zipar-images');
  const records = readdirSync(folder)
    .filter((name) => name.endsWith('.png'))
    .map((name) => readTraceFile(readFileSync(join(folder, name))));
  return (await Promise.all(records)).flatMap((record) => record ?? []);
}

/** The first step that decides a cell of high entropy. */
function firstUnsureStep({ snapshot }: RunRecord): number {
  const entropy = snapshot.tracks.find(({ name }) => name === 'entropy')?.values ?? [];
  const steps = [...snapshot.stepOf].filter((_, cell) => (entropy[cell] ?? 0) > ENTROPY);
  return Math.min(...steps);
}

describe.each(vscodes)('the debugger of a picture in the %s VS Code', (age) => {
  const window = windowForTests(age, {
    // Among all tokens, not the likeliest few only, the model is unsure here and there.
    settings: {
      'ziparStudio.window': 4,
      'ziparStudio.seed': 7,
      'ziparStudio.guidance': 1,
      'ziparStudio.topK': 0,
    },
    size: { width: 1600, height: 1000 },
  });
  const pane = (name: string): Locator => window().page.locator('.part.sidebar .pane', { hasText: name });

  it('starts with F5, and stops where the model is unsure', async () => {
    await generate(window(), 'snow at dawn');
    await stepsDone(await window().webviewFrame('.token-grid'), STEPS);
    await openRuns(window());
    await (await openPicture(window(), /snow at dawn/)).click();
    // Only now does VS Code know which editor is active.
    await window().page.locator('.editor-actions [aria-label^="Debug"]').waitFor();
    await until('the debugger', async () => {
      await window().page.keyboard.press('Escape');
      await window().page.keyboard.press('F5');
      return succeeds(window().page.locator('.debug-toolbar').waitFor({ timeout: 15_000 }));
    });
    await pane('Call Stack').getByText('row 1, column 1: not decided yet').waitFor();
    const entropy = pane('Breakpoints').locator('.monaco-list-row', { hasText: 'High entropy' });
    // The two VS Codes draw their own checkboxes.
    await entropy.locator('input[type=checkbox], .monaco-checkbox, .monaco-custom-toggle').first().click();
    await window().page.locator('.debug-toolbar [aria-label^="Continue"]').click();
    const [record] = await recordsIn(window().workspace);
    if (!record) throw new Error('There is no picture.');
    const step = firstUnsureStep(record);
    const page = await window().webviewFrame('.token-grid');
    await until(
      `the page to stand at step ${step}`,
      async () => (await page.locator('input.step-slider').inputValue()) === String(step),
      () => page.locator('input.step-slider').inputValue(),
    );
    await pane('Variables').locator('.monaco-list-row', { hasText: 'entropy' }).waitFor();
    await window().screenshot('debug-stopped');
  });

  it('edits the token there, and continues as a branch, which is compared with the run', async () => {
    const token = pane('Variables').locator('.monaco-list-row', { hasText: /^token/ });
    const input = pane('Variables').locator('input');
    // A list that is read again meanwhile takes the input away.
    await until('the token to be taken', async () => {
      const opened = token.dblclick({ timeout: 5_000 });
      const typed = opened.then(() => input.fill('3', { timeout: 5_000 }));
      return succeeds(typed.then(() => input.press('Enter', { timeout: 5_000 })));
    });
    await until('the token to be 3', async () => /token\W+3$/.test((await token.innerText()).trim()));
    await window().page.locator('.debug-toolbar [aria-label^="Continue"]').click();
    await until('the comparison of the run and its branch', async () =>
      (await window().editorTitles()).some((title) => title.includes('↔')),
    );
    const compared = await window().webviewFrame('.difference-map[data-first]:not([data-first=""])');
    await until('the branch to have the token', async () =>
      (await compared.locator('.divergence').innerText()).includes('B drew 3 '),
    );
    const branch = (await recordsIn(window().workspace)).find((each) => each.branch !== undefined);
    expect(branch?.branch?.set.map((each) => each.token)).toEqual([3]);
    await openRuns(window());
    const parent = window().page.locator('.part.sidebar .monaco-list-row[aria-level="2"][aria-expanded]');
    if ((await parent.getAttribute('aria-expanded')) === 'false')
      await parent.locator('.monaco-tl-twistie').click();
    await window().page.locator('.part.sidebar .monaco-list-row[aria-level="3"]').waitFor();
    await window().screenshot('debug-branch');
    expect(window().extensionHostErrors()).toEqual([]);
  });
});

describe('a run that is paused', () => {
  const model = largeGridModel();
  afterAll(() => {
    rmSync(model, { recursive: true, force: true });
  });
  const window = windowForTests('newest', {
    settings: { 'ziparStudio.model': model, 'ziparStudio.decoder': 'raster', 'ziparStudio.seed': 7 },
    size: { width: 1400, height: 860 },
  });

  it('waits between two steps, makes one, and makes room for another run', async () => {
    await generate(window(), 'sea by night');
    const page = await window().webviewFrame('.token-grid');
    const press = (name: string) =>
      page.locator('vscode-button:not([hidden])', { hasText: new RegExp(`^\\s*${name}\\s*$`) }).click();
    const notice = page.locator('.notices');
    const pausedAt = async (): Promise<number> =>
      until('the page to say that the run waits', async () => {
        const [, step] = /Paused after step (\d+)/.exec(await notice.innerText()) ?? [];
        return step === undefined ? undefined : Number(step);
      });
    await press('Pause');
    const step = await pausedAt();
    await press('Step');
    await until('one more step', async () => (await pausedAt()) === step + 1);
    expect(await notice.innerText()).toContain('holds its model in memory');
    await window().screenshot('paused');
    await generate(window(), 'snow at dawn');
    const told = await window().notification(/“sea by night” was paused, so it is set aside/);
    expect(told.buttons).toEqual(['Continue']);
    await openRuns(window());
    await row(window(), /snow at dawn.*being made/s);
    await (await row(window(), /sea by night.*stopped after/s)).hover();
    await window().screenshot('paused-set-aside');
    await window().runCommand('ZipAR: Cancel Generation');
    expect(window().extensionHostErrors()).toEqual([]);
  });
});
