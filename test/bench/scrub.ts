import type { Page } from 'playwright-core';

/**
 * Moves the slider of a page, and measures what each move costs: the time in the page's animation frames, in ms.
 * @param places number of places of the slider
 */
export function scrub(page: Page, moves: number, places: number): Promise<number[]> {
  return page.evaluate(
    async ({ moves, places }) => {
      type Callback = (time: number) => void;
      const window = globalThis as unknown as {
        document: { querySelector(selector: string): (EventTarget & { value: string }) | null };
        requestAnimationFrame: (callback: Callback) => number;
      };
      const slider = window.document.querySelector('input.step-slider');
      if (!slider) throw new Error('There is no slider.');
      // The page shows and draws in animation frames. Their callbacks are what scrubbing costs.
      const original = window.requestAnimationFrame.bind(globalThis);
      let spent = 0;
      window.requestAnimationFrame = (callback) =>
        original((time) => {
          const start = performance.now();
          callback(time);
          spent += performance.now() - start;
        });
      const frame = (): Promise<number> => new Promise((resolve) => original(resolve));
      const costs: number[] = [];
      for (let i = 0; i < moves; i++) {
        spent = 0;
        slider.value = String(1 + ((i * 37) % places));
        slider.dispatchEvent(new Event('input'));
        // The page shows the step in the next frame, and its canvases draw in the one after it.
        await frame();
        await frame();
        costs.push(spent);
        await frame();
      }
      return costs;
    },
    { moves, places },
  );
}

/** The value that 95 % of the values do not exceed. */
export function percentile95(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(0.95 * values.length)] ?? NaN;
}
