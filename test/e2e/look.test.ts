/** The look of the program: screenshots kept as artefacts, and the checks that a program can make. */
import { describe, expect, it } from 'vitest';
import { ziparSchedule } from '../../sidecar/decoding/zipar/schedule';
import { accessibilityViolations } from './accessibility';
import { generate, stepsDone } from './generation';
import { windowForTests } from './window-for-tests';
import { EMBEDDED } from '../fixtures/embedded-model';

const WINDOW = 4;
const STEPS = [...ziparSchedule({ grid: EMBEDDED.grid, window: WINDOW, firstRow: 'windowed' })].length;
const settings = { 'ziparStudio.window': WINDOW, 'ziparStudio.seed': 2 };
const LOOKS = [
  ['dark', { width: 1400, height: 860 }],
  ['light', { width: 1400, height: 860 }],
  ['high-contrast', { width: 1400, height: 860 }],
  ['high-contrast-light', { width: 620, height: 900 }],
] as const;

describe.each(LOOKS)('the step-through in the %s theme', (theme, size) => {
  const window = windowForTests('newest', { theme, size, settings });

  it('has no accessibility violation, empty, in the middle of a picture and at its end', async () => {
    await window().runCommand('ZipAR: Open Step-Through');
    const empty = await window().webviewFrame('.empty-state vscode-button');
    expect(await accessibilityViolations(empty)).toEqual([]);
    await window().screenshot('empty');
    await generate(window(), 'snow at dawn with pines and a red sun');
    const frame = await window().webviewFrame('.token-grid');
    await stepsDone(frame, STEPS);
    await frame.locator(`canvas.picture[data-picture-step="${STEPS}"]`).waitFor();
    expect(await accessibilityViolations(frame)).toEqual([]);
    await window().screenshot('complete');
    await frame.locator('input.step-slider').fill('58');
    await frame.locator('.token-grid[data-step="58"]').waitFor();
    // The picture as it stood after this step comes from the sidecar.
    await frame.locator('canvas.picture[data-picture-step="58"]').waitFor();
    expect(await accessibilityViolations(frame)).toEqual([]);
    await window().screenshot('step-through');
    expect(window().extensionHostErrors()).toEqual([]);
  });
});
