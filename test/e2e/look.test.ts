/** The look of the program: screenshots kept as artefacts, and the checks that a program can make. */
import axe from 'axe-core';
import { describe, expect, it } from 'vitest';
import { ziparSchedule } from '../../sidecar/decoding/zipar/schedule';
import { generate, stepsDone } from './generation';
import { windowForTests } from './window-for-tests';

const WINDOW = 4;
const STEPS = [...ziparSchedule({ grid: { height: 16, width: 16 }, window: WINDOW, firstRow: 'windowed' })]
  .length;
const settings = { 'ziparStudio.window': WINDOW, 'ziparStudio.seed': 7 };
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
    await window().webviewFrame('.empty, #empty, [data-empty], vscode-button');
    await window().screenshot('empty');
    await generate(window(), 'snow at dawn with pines and a red sun');
    const frame = await window().webviewFrame('.token-grid');
    await stepsDone(frame, STEPS);
    await window().screenshot('complete');
    await frame.locator('input.step-slider').fill('58');
    await frame.locator('.token-grid[data-step="58"]').waitFor({ timeout: 5_000 });
    // The sidecar sends the picture of this step.
    await window().page.waitForTimeout(1_000);
    await window().screenshot('step-through');
    await frame.evaluate(axe.source);
    const violations = await frame.evaluate(async () => {
      const { axe: injected } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      };
      return (await injected.run()).violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`,
      );
    });
    expect(violations).toEqual([]);
    expect(window().extensionHostErrors()).toEqual([]);
  });
});
