import type { Frame } from 'playwright-core';
import { until } from './until';
import type { VsCodeWindow } from './vscode-window';

/** Types the prompt into the command's input and accepts it. */
export async function generate(window: VsCodeWindow, prompt: string): Promise<void> {
  await window.runCommand('ZipAR: Generate Image…');
  const input = await window.quickInput(/Generate Image/);
  await input.type(prompt);
  await input.accept();
}

export async function stepsDone(frame: Frame, steps: number): Promise<void> {
  const grid = frame.locator('.token-grid');
  await until(
    `${steps} steps done`,
    async () => (await grid.getAttribute('data-steps-done')) === String(steps),
    async () => `${await grid.getAttribute('data-steps-done')} done`,
  );
}
