/**
 * Measures what one move of the step slider costs the page, for the largest grid in use. The cost is the time in its animation
 * frames. `npm run bench -- scrubbing`.
 */
import { median } from '../../sidecar/benchmark/spread';
import { encodeTrace, ziparFile } from '../../sidecar/trace-file/trace-file';
import { largeRecord } from './large-record';
import { PageWindow } from './page-window';

const SIDE = 90;
const MOVES = 400;

const record = await largeRecord(SIDE, 6);
const window = await PageWindow.open(ziparFile(await encodeTrace(record)), { width: 1042, height: 703 });
const costs = await window.page.evaluate(
  async ({ moves, steps }) => {
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
      slider.value = String(1 + ((i * 37) % steps));
      slider.dispatchEvent(new Event('input'));
      // The page shows the step in the next frame, and its canvases draw in the one after it.
      await frame();
      await frame();
      costs.push(spent);
      await frame();
    }
    return costs;
  },
  { moves: MOVES, steps: record.snapshot.step },
);
await window.close();
const p95 = [...costs].sort((a, b) => a - b)[Math.floor(0.95 * costs.length)] ?? NaN;
console.log(
  `One move of the slider over a run of ${SIDE}x${SIDE} tokens: median ${median(costs).toFixed(2)} ms (goal <= 4), 95 % within ${p95.toFixed(2)} ms (goal < 33), of ${MOVES} moves.`,
);
