/** The choices for the next images, made in the palette: the adaptive window, up to the exported file. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countSteps } from '../../sidecar/decoding/zipar/schedule';
import { readPngText } from '../../sidecar/image/png';
import { until } from './until';
import { windowForTests } from './window-for-tests';
import { EMBEDDED } from '../fixtures/embedded-model';

const STEPS = countSteps({
  grid: EMBEDDED.grid,
  window: 1,
  firstRow: 'windowed',
  rowStart: 'adaptive',
});

describe('the gear beside the prompt', () => {
  const window = windowForTests('newest', { settings: { 'ziparStudio.seed': 7 } });

  it('leads to a picture decoded with an adaptive window', async () => {
    await window().runCommand('ZipAR: Generate Image…');
    const prompt = await window().quickInput(/^Generate Image/);
    await prompt.type('mountains at night');
    const choices = await prompt.pressButton(
      'Decoder, Window, Seed, Guidance…',
      'How the Next Images Are Made',
    );
    await choices.pick('Decoder');
    await (await window().quickInput('Decoder')).pick('ZipAR adaptive');
    await (await window().quickInput('How the Next Images Are Made')).pick('Least window');
    const windows = await window().quickInput('Least window');
    const one = (await windows.items()).find((label) => label.startsWith('1: '));
    expect(one).toContain(`at least ${STEPS.least} steps instead of ${EMBEDDED.cells}`);
    await windows.pick(one ?? '');
    await window().quickInput('How the Next Images Are Made');
    await window().page.keyboard.press('Escape'); // closes the choices; the prompt is open again
    const again = await window().quickInput('Generate Image · ZipAR adaptive · Least window 1 · Seed 7');
    expect(await again.value()).toBe('mountains at night');
    await again.accept();

    const frame = await window().webviewFrame('.token-grid');
    const file = await until('the picture', () => {
      const folder = join(window().workspace, 'zipar-images');
      const [name] = readdirSync(window().workspace).includes('zipar-images') ? readdirSync(folder) : [];
      return Promise.resolve(name?.endsWith('.png') ? join(folder, name) : undefined);
    });
    const made = JSON.parse(readPngText(readFileSync(file)).get('zipar') ?? '') as { steps: number };
    expect(made).toMatchObject({
      decoder: 'zipar-adaptive',
      window: 1,
      seed: 7,
      rasterSteps: EMBEDDED.cells,
    });
    expect(made.steps).toBeGreaterThanOrEqual(STEPS.least);
    await until(
      'all steps in the step-through',
      async () => (await frame.locator('.token-grid').getAttribute('data-steps-done')) === String(made.steps),
    );
    expect(await frame.locator('body').innerText()).toContain('ZipAR adaptive, window 1 or more');
    await window().screenshot('adaptive');
    expect(window().extensionHostErrors()).toEqual([]);
  });
});
