/** Cancelling a long run. */
import { readdirSync, rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { generate } from './generation';
import { LARGE_GRID_STEPS, largeGridModel } from './large-grid-model';
import { until } from './until';
import { windowForTests } from './window-for-tests';

describe('a long run', () => {
  const folder = largeGridModel();
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const window = windowForTests('newest', {
    settings: {
      'ziparStudio.model': folder,
      'ziparStudio.decoder': 'raster',
      'ziparStudio.webview.transport': 'relay', // as in a remote window; in the other tests the webview connects directly
    },
  });

  it('is shown live, ends when cancelled, and makes room for the next run', async () => {
    await generate(window(), 'sea by night');
    const frame = await window().webviewFrame('.token-grid');
    const grid = frame.locator('.token-grid');
    const done = async () => Number(await grid.getAttribute('data-steps-done'));
    await until('some steps', async () => (await done()) > 5);
    // The page shows the progress, so the status bar does not, and no notification does.
    expect(await window().statusBarText()).not.toContain(`/${LARGE_GRID_STEPS}`);
    expect(await window().notifications()).toEqual([]);
    await frame.getByRole('button', { name: 'Cancel' }).click();
    await frame.getByText('cancelled').first().waitFor();
    const steps = await done();
    expect(steps).toBeLessThan(LARGE_GRID_STEPS);
    await new Promise((resolveLater) => setTimeout(resolveLater, 1_000));
    expect(await done()).toBe(steps);
    expect(readdirSync(window().workspace)).toEqual([]); // a cancelled run leaves no picture

    await generate(window(), 'sea by day');
    await until(
      'the next run',
      async () => (await grid.getAttribute('data-run-id')) === '2' && (await done()) > 3,
    );
    // Without the page, the status bar shows the progress and cancels.
    await window().page.keyboard.press('Control+K');
    await window().page.keyboard.press('Control+W');
    await window().statusBar(new RegExp(`ZipAR \\d+/${LARGE_GRID_STEPS}`));
    await window().clickStatusBar(/ZipAR \d+/);
    await window().pickQuickPickItem('Cancel Generation', 'ZipAR Studio');
    await window().statusBar(/ZipAR(?! \d)/);
    expect(window().extensionHostErrors()).toEqual([]);
  });
});
