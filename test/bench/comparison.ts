/**
 * Measures the page that compares two runs of the largest grid in use, each with its picture. It measures what one move of the
 * slider costs, and how much memory the page's process takes. `npm run bench -- comparison`.
 */
import { readFileSync } from 'node:fs';
import { median } from '../../sidecar/benchmark/spread';
import { uniformAt } from '../../sidecar/decoding/noise';
import { encodePicture } from '../../sidecar/engine/encode-picture';
import { largeRecord } from './large-record';
import { PageWindow } from './page-window';
import { percentile95, scrub } from './scrub';

const SIDE = 90;
const PATCH = 8;
const MOVES = 400;
const MB = 1e6;

const records = [await largeRecord(SIDE, 6), await largeRecord(SIDE, 23)] as const;
const files = await Promise.all(
  records.map(async (record, side) => ({
    file: `file:///${side}`,
    name: `${side}.png`,
    bytes: await encodePicture(pictureOf(side), { ...record, run: { ...record.run, patch: PATCH } }),
  })),
);
const message = { type: 'show-comparison', files, canDraw: false };
const shows = '.difference-map[data-first]';
const window = await PageWindow.open(
  { script: 'comparison.js', message, shows },
  { width: 1400, height: 900 },
);
const places = Number(await window.page.locator('input.step-slider').getAttribute('max'));
const costs = await scrub(window.page, MOVES, places);
const memory = await memoryOfPage(window);
await window.close();
console.log(
  `One move of the slider over two runs of ${SIDE}x${SIDE} tokens with pictures: median ${median(costs).toFixed(2)} ms, 95 % within ${percentile95(costs).toFixed(2)} ms (goal < 33), of ${MOVES} moves. ` +
    `The page's process has ${(memory / MB).toFixed(0)} MB of its own memory (goal <= 250).`,
);

/** A picture of noise, which no encoding makes small. */
function pictureOf(side: number): {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array<ArrayBuffer>;
} {
  const edge = SIDE * PATCH;
  const rgb = Uint8Array.from({ length: 3 * edge * edge }, (_, i) => 256 * uniformAt(side, i, 1));
  return { width: edge, height: edge, rgb };
}

/** The memory that the process of the page shares with no other, in bytes. Only Linux tells it. */
async function memoryOfPage({ browser }: PageWindow): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const own = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) =>
      [...readFileSync(`/proc/${id}/smaps_rollup`, 'utf8').matchAll(/^Private_\w+: +(\d+) kB$/gm)].reduce(
        (sum, [, kilobytes]) => sum + 1024 * Number(kilobytes),
        0,
      ),
    );
  return Math.max(...own);
}
