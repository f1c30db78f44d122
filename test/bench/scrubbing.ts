/**
 * Measures what one move of the step slider costs the page, for the largest grid in use. The cost is the time in its animation
 * frames. `npm run bench -- scrubbing`.
 */
import { median } from '../../sidecar/benchmark/spread';
import { encodeTrace, ziparFile } from '../../sidecar/trace-file/trace-file';
import { largeRecord } from './large-record';
import { PageWindow } from './page-window';
import { percentile95, scrub } from './scrub';

const SIDE = 90;
const MOVES = 400;

const record = await largeRecord(SIDE, 6);
const window = await PageWindow.openRun(ziparFile(await encodeTrace(record)), { width: 1042, height: 703 });
const costs = await scrub(window.page, MOVES, record.snapshot.step);
await window.close();
console.log(
  `One move of the slider over a run of ${SIDE}x${SIDE} tokens: median ${median(costs).toFixed(2)} ms (goal <= 4), 95 % within ${percentile95(costs).toFixed(2)} ms (goal < 33), of ${MOVES} moves.`,
);
