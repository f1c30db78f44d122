/** The main use in a real VS Code: palette, prompt, picture, step-through, export, cancel, restart. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { ziparSchedule } from '../../sidecar/decoding/zipar/schedule';
import { readPngText } from '../../sidecar/image/png';
import { generate, stepsDone } from './generation';
import { until } from './until';
import type { VsCodeWindow } from './vscode-window';
import { vscodes, windowForTests } from './window-for-tests';
import { EMBEDDED } from '../fixtures/embedded-model';

const WINDOW = 4;
const PROMPT = 'mountains at dusk with a red sailing boat';
/** The cells that each step decides, from the scheduler itself. */
const SCHEDULE = [...ziparSchedule({ grid: EMBEDDED.grid, window: WINDOW, firstRow: 'windowed' })];

describe.each(vscodes)('in the %s VS Code', (age) => {
  const window = windowForTests(age, { settings: { 'ziparStudio.window': WINDOW, 'ziparStudio.seed': 7 } });

  it('leads from the palette over a prompt to a picture in the workspace', async () => {
    await generate(window(), PROMPT);
    const frame = await window().webviewFrame('.token-grid');
    await stepsDone(frame, SCHEDULE.length);
    const [picture, ...others] = await picturesIn(window(), 1);
    expect(others).toEqual([]);
    const text = readPngText(readFileSync(picture ?? ''));
    expect(text.get('parameters')).toContain(PROMPT);
    expect(JSON.parse(text.get('zipar') ?? '')).toMatchObject({
      prompt: PROMPT,
      seed: 7,
      decoder: 'zipar',
      window: WINDOW,
      steps: SCHEDULE.length,
      rasterSteps: EMBEDDED.cells,
    });
  });

  it('moves the step with the slider and the keys, and shows exactly the cells of that step', async () => {
    const frame = await window().webviewFrame('.token-grid');
    const slider = frame.locator('input.step-slider');
    const shows = async (step: number): Promise<void> => {
      await until(
        `step ${step} in the grid`,
        async () => (await gridStep(frame)) === step,
        async () => `step ${await gridStep(frame)}`,
      );
      expect(await highlighted(frame)).toEqual(SCHEDULE[step - 1]);
      expect(await decidedCells(frame)).toEqual(
        SCHEDULE.slice(0, step)
          .flat()
          .sort((a, b) => a - b),
      );
    };
    await slider.fill('23');
    await shows(23);
    await slider.focus();
    await slider.press('ArrowRight');
    await shows(24);
    await slider.press('ArrowLeft');
    await slider.press('ArrowLeft');
    await shows(22);
    await slider.press('End');
    await shows(SCHEDULE.length);
    await slider.press('Home');
    await until('step 0', async () => (await gridStep(frame)) === 0);
    expect(await decidedCells(frame)).toEqual([]);
    await slider.press('Space');
    await until('the player to have moved on', async () => (await gridStep(frame)) > 2);
    await slider.press('Space');
  });

  it('exports the picture, opens it and never overwrites', async () => {
    await window().runCommand('ZipAR: Export…');
    await until(
      'the picture to be open',
      async () => (await window().editorTitles()).some((title) => title.includes('mountains-at-dusk')),
      async () => (await window().editorTitles()).join(', '),
    );
    // The preview takes the focus when it loads, and that would close the next palette.
    await window().statusBar(new RegExp(`${EMBEDDED.image.width}x${EMBEDDED.image.height}`));
    const [first] = await picturesIn(window(), 1);
    const bytes = readFileSync(first ?? '');
    await generate(window(), PROMPT);
    const both = await picturesIn(window(), 2);
    expect(both).toContain(first);
    expect(readFileSync(first ?? '')).toEqual(bytes);
    expect(readdirSync(join(window().workspace, 'zipar-images')).every((name) => name.endsWith('.png'))).toBe(
      true,
    );
  });

  it('goes on after the sidecar was killed', async () => {
    const before = sidecars(window());
    expect(before).toHaveLength(1);
    for (const { pid } of before) process.kill(pid, 'SIGKILL');
    await until('the sidecar to be gone', () =>
      Promise.resolve(!sidecars(window()).some(({ pid }) => pid === before[0]?.pid)),
    );
    await generate(window(), 'hills by day');
    await picturesIn(window(), 3);
    expect(sidecars(window())).toHaveLength(1);
  });

  it('left no error in the log of the extension host', () => {
    expect(window().extensionHostErrors()).toEqual([]);
  });
});

async function gridStep(frame: Frame): Promise<number> {
  return Number(await frame.locator('.token-grid').getAttribute('data-step'));
}

async function highlighted(frame: Frame): Promise<number[]> {
  const list = await frame.locator('.token-grid').getAttribute('data-highlighted');
  return list === null || list === '' ? [] : list.split(',').map(Number);
}

/**
 * The cells that the canvas shows as decided. The middle of a decided cell has one plain colour. An undecided cell is hatched
 * or empty, which is never a colour of the ramp at full strength. At the last step all cells are decided. So a cell that
 * already has its colour of the last step is decided.
 */
async function decidedCells(frame: Frame): Promise<number[]> {
  const now = await middles(frame);
  const slider = frame.locator('input.step-slider');
  const step = await slider.inputValue();
  await slider.fill(String(SCHEDULE.length));
  await until('the last step', async () => (await gridStep(frame)) === SCHEDULE.length);
  const final = await middles(frame);
  await slider.fill(step);
  await until('the step again', async () => (await gridStep(frame)) === Number(step));
  return final.flatMap((colour, cell) => (colour === now[cell] ? [cell] : []));
}

/** The colour in the middle of each cell. */
async function middles(frame: Frame): Promise<string[]> {
  return frame.locator('.token-grid').evaluate(async (canvas, { height, width }) => {
    const grid = canvas as unknown as {
      width: number;
      height: number;
      getContext(kind: '2d'): {
        getImageData(x: number, y: number, w: number, h: number): { data: Uint8ClampedArray };
      };
    };
    // Canvases are drawn on animation frames. The second frame from now shows what the attributes say.
    const nextFrame = () =>
      new Promise((resolve) => {
        (globalThis as unknown as { requestAnimationFrame(f: unknown): void }).requestAnimationFrame(resolve);
      });
    await nextFrame();
    await nextFrame();
    const context = grid.getContext('2d');
    return Array.from({ length: height * width }, (_, i) => {
      const x = Math.floor((((i % width) + 0.5) * grid.width) / width);
      const y = Math.floor(((Math.floor(i / width) + 0.5) * grid.height) / height);
      return context.getImageData(x, y, 1, 1).data.join();
    });
  }, EMBEDDED.grid);
}

/** Waits for this number of pictures in the workspace, and returns their paths. */
async function picturesIn(window: VsCodeWindow, count: number): Promise<string[]> {
  const folder = join(window.workspace, 'zipar-images');
  const list = (): string[] => {
    try {
      return readdirSync(folder)
        .filter((name) => name.endsWith('.png'))
        .map((name) => join(folder, name));
    } catch {
      return [];
    }
  };
  return until(
    `${count} pictures in the workspace`,
    () => Promise.resolve(list().length === count ? list() : undefined),
    () => Promise.resolve(`${list().length} there`),
  );
}

function sidecars(window: VsCodeWindow) {
  return window.processes().filter(({ commandLine }) => commandLine.includes('dist/sidecar.js'));
}
