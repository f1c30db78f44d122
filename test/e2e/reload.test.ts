/** Reloading a window while a picture is being made. */
import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { generate } from './generation';
import { largeGridModel } from './large-grid-model';
import { until } from './until';
import { vscodes, windowForTests } from './window-for-tests';

describe.each(vscodes)('a run that a reload interrupts, in the %s VS Code', (age) => {
  const folder = largeGridModel();
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const window = windowForTests(age, {
    settings: { 'ziparStudio.model': folder, 'ziparStudio.decoder': 'raster', 'ziparStudio.seed': 7 },
  });
  const sidecars = () =>
    window()
      .processes()
      .filter(({ commandLine }) => commandLine.includes('dist/sidecar.js'));

  it('is reported after the reload, and can be made again unchanged', async () => {
    await generate(window(), 'sea by night');
    const before = await window().webviewFrame('.token-grid');
    const done = async () => Number(await before.locator('.token-grid').getAttribute('data-steps-done'));
    await until('some steps', async () => (await done()) > 5);
    const [interrupted] = sidecars();
    await window().editorsWritten(/webview-ziparStudio\.stepThrough/i);
    await window().reload();
    // VS Code 1.100 may come back without the step-through. Then the next command of the extension tells.
    if (age === 'oldest') await window().runCommand('ZipAR: Show Log');

    const told = await window().notification(/“sea by night” was being generated: it was not finished\.$/);
    expect(told.severity).toBe('warning');
    expect(told.buttons).toEqual(['Generate Again']);
    if (age === 'newest') {
      const page = await window().webviewFrame('[role=status]');
      expect(await page.locator('[role=status]').innerText()).toContain('“sea by night”');
    }
    await until('the sidecar of before to end', () =>
      Promise.resolve(!sidecars().some(({ pid }) => pid === interrupted?.pid)),
    );

    await told.press('Generate Again');
    const after = await window().webviewFrame('.token-grid');
    await after.getByText('seed 7').first().waitFor();
    await window().runCommand('ZipAR: Cancel Generation');
    await after.getByText('cancelled').first().waitFor();
  });

  it('is not reported a second time', async () => {
    await window().reload();
    await window().runCommand('ZipAR: Show Log');
    await until('the extension to be there', () =>
      Promise.resolve(window().extensionHostLog().split('zipar-studio.zipar-studio').length > 2),
    );
    expect((await window().notifications()).map(({ message }) => message)).toEqual([]);
    expect(window().extensionHostErrors()).toEqual([]);
  });
});
