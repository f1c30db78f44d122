/** What the page tells of single cells, how it zooms, keeps the focus and draws files, in a real VS Code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { accessibilityViolations } from './accessibility';
import { generate, stepsDone } from './generation';
import { until } from './until';
import { windowForTests } from './window-for-tests';
import { fixedWindowSteps } from '../fixtures/embedded-model';

const STEPS = fixedWindowSteps(4);
const settings = { 'ziparStudio.window': 4, 'ziparStudio.seed': 7 };
async function focusedTag(frame: Frame): Promise<string> {
  return frame.evaluate(() => {
    const { document } = globalThis as unknown as {
      document: { activeElement: { className: string; tagName: string } };
    };
    return `${document.activeElement.tagName} ${document.activeElement.className}`;
  });
}

describe('the page of a run', () => {
  const window = windowForTests('newest', { settings, size: { width: 1400, height: 860 } });
  let frame: Frame;

  it('shows what a cell saw, and the likeliest tokens as the model computes them again', async () => {
    await generate(window(), 'snow at dawn with pines and a red sun');
    frame = await window().webviewFrame('.token-grid');
    await stepsDone(frame, STEPS);
    await frame.getByText('Replay Slowly').waitFor();
    const grid = frame.locator('.token-grid');
    await grid.focus();
    for (let i = 0; i < 9; i++) await grid.press('ArrowDown');
    await grid.press('v');
    await grid.press('a');
    await frame.locator('.alternatives tbody tr').nth(7).waitFor();
    await frame.locator('.token-grid[data-seen]:not([data-seen=""])').waitFor();
    expect(await frame.locator('.alternatives .drawn').count()).toBe(1);
    expect(await frame.locator('.meaning').first().innerText()).toMatch(
      /^(The model was|Token \d+ was drawn)/,
    );
    expect(await frame.locator('.meaning.sight').innerText()).toContain('A stand-in, dashed');
    expect(await accessibilityViolations(frame)).toEqual([]);
    await window().screenshot('inspector');
  });

  it('zooms picture and grid together, and lists its keys', async () => {
    const grid = frame.locator('.token-grid');
    await grid.focus();
    for (let i = 0; i < 4; i++) await grid.press('+');
    for (const canvas of ['.token-grid', '.picture'])
      await frame.locator(`${canvas}[data-zoom="5.0625"]`).waitFor();
    expect(await accessibilityViolations(frame)).toEqual([]);
    await window().screenshot('zoomed');
    await grid.press('?');
    await frame.locator('dialog[open]').waitFor();
    expect(await accessibilityViolations(frame)).toEqual([]);
    await window().screenshot('keys');
    await frame.locator('dialog[open]').press('Escape');
    expect(await focusedTag(frame)).toContain('token-grid');
    await grid.press('0');
    await frame.locator('.token-grid[data-zoom="1"]').waitFor();
  });

  it('keeps the focus when a button has nothing more to do, or goes away', async () => {
    await frame.locator('input.step-slider').press('End');
    const next = frame.locator('vscode-button[title^="Next step"]');
    await next.focus();
    await next.press('Enter');
    await frame.locator('vscode-button[title^="Next step"][aria-disabled="true"]').waitFor();
    expect(await focusedTag(frame)).toContain('VSCODE-BUTTON');
    const replay = frame.getByText('Replay Slowly');
    await replay.focus();
    await replay.press('Enter');
    await replay.waitFor({ state: 'hidden' });
    await until(
      'the focus to be on the slider',
      async () => (await focusedTag(frame)).includes('step-slider'),
      () => focusedTag(frame),
    );
    await frame.locator('input.step-slider').press('End');
  });

  it.each([
    ['Animation as PNG', 'steps.png', 'acTL'],
    ['Animation as WebM', 'steps.webm', 'webm'],
    ['This View as PNG', 'view.png', 'IHDR'],
    ['Trace for NumPy', 'run.npz', 'tokens.npy'],
  ])('exports: %s', async (form, name, contents) => {
    await window().runCommand('ZipAR: Export Run…');
    await window().pickQuickPickItem(form, /Export Run/);
    const file = join(window().workspace, name);
    await window().answerFileDialog(file);
    await until(`the file ${name}`, () => {
      try {
        return Promise.resolve(readFileSync(file).includes(contents));
      } catch {
        return Promise.resolve(false);
      }
    });
    expect(window().extensionHostErrors()).toEqual([]);
  });
});

describe('a panel of about 360 x 500', () => {
  const window = windowForTests('newest', { settings, size: { width: 588, height: 598 } });

  it('shows picture and tokens whole', async () => {
    await generate(window(), 'sea by night');
    const frame = await window().webviewFrame('.token-grid');
    await stepsDone(frame, STEPS);
    await window().screenshot('narrow');
    const width = await frame.evaluate(() => (globalThis as unknown as { innerWidth: number }).innerWidth);
    expect(width).toBeLessThanOrEqual(400);
    const shares = await frame.evaluate(() => {
      interface Box {
        readonly top: number;
        readonly bottom: number;
        readonly height: number;
      }
      const page = globalThis as unknown as {
        innerHeight: number;
        document: { querySelectorAll(selector: string): Iterable<{ getBoundingClientRect(): Box }> };
      };
      const [bar] = page.document.querySelectorAll('.playback');
      const end = Math.min(page.innerHeight, bar?.getBoundingClientRect().top ?? Infinity);
      return [...page.document.querySelectorAll('figure canvas')].map((canvas) => {
        const { top, bottom, height } = canvas.getBoundingClientRect();
        return (Math.min(bottom, end) - Math.max(top, 0)) / height;
      });
    });
    expect(shares).toHaveLength(2);
    for (const share of shares) expect(share).toBeGreaterThanOrEqual(0.9);
  });
});
