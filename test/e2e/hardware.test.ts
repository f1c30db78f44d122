/** The check of the hardware that can compute, started in the palette. */
import { describe, expect, it } from 'vitest';
import { until } from './until';
import { windowForTests } from './window-for-tests';
import { EMBEDDED } from '../fixtures/embedded-model';

describe('Check Hardware', () => {
  const window = windowForTests('newest');

  it('shows each provider with what its check found, and that the embedded model runs', async () => {
    await window().runCommand('ZipAR: Check Hardware');
    const report = window().page.locator('.editor-group-container .view-lines');
    const text = await until('the report', async () => {
      // Monaco shows spaces as no-break spaces.
      const lines = (
        await report
          .first()
          .innerText()
          .catch(() => '')
      ).replaceAll('\u00a0', ' ');
      return lines.includes('The embedded model') ? lines : undefined;
    });
    expect(text).toMatch(/ZipAR Studio [\d.]+, ONNX Runtime [\d.]+, Node\.js/);
    expect(text).toMatch(/The CPU: always there/);
    expect(text).toMatch(
      new RegExp(`The embedded model ${EMBEDDED.name} runs: first token after \\d+ ms\\.`),
    );
    expect(await window().page.locator('.tab.dirty').count()).toBe(0);
    await window().screenshot('hardware');
    expect(window().extensionHostErrors()).toEqual([]);
  });
});
