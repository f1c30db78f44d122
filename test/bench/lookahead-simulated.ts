/**
 * Counts the steps that a lookahead would take on large grids, by simulation. The schedule and the rule are the product's own.
 * A stand-in for a model always draws the same token. Each draft is right with a given probability, whatever its cell and the
 * draft before. One grid is the embedded model's, where measured steps show how good the simulation is. The other one is that of
 * Emu3-Gen, 90x90 with row terminators.
 *
 * Prints a table, and writes the figures to the file that is named.
 */
import { decodeLookahead } from '../../sidecar/decoding/lookahead/decode-lookahead';
import { lookaheadReach } from '../../sidecar/decoding/lookahead/lookahead-steps';
import type { Forward } from '../../sidecar/decoding/forward';
import { uniformAt } from '../../sidecar/decoding/noise';
import { RasterLayout } from '../../sidecar/decoding/sequence-layout';
import { countSteps } from '../../sidecar/decoding/zipar/schedule';
import { tellTables } from '../docs/figure-table';
import { EMBEDDED } from '../fixtures/embedded-model';
import { CONFIRMED } from './confirmed-drafts';

const PICTURES = 3;
const LOOKAHEADS = [4, 8, 16];
/** Token 0 is the likeliest one at each cell. */
const LOGITS = Float32Array.of(1, 0);

interface Simulated {
  readonly side: number;
  readonly window: number;
  readonly lookahead: number;
}

async function simulate({ side, window, lookahead }: Simulated): Promise<{ steps: number; tokens: number }> {
  const grid = { height: side, width: side };
  const schedule = { grid, window, firstRow: 'windowed' } as const;
  const layout = new RasterLayout(grid, side === 90 ? { after: 'each-row', token: 9 } : { after: 'no-row' });
  const forward: Forward = {
    layout,
    start: () => Promise.resolve(LOGITS),
    step: (_, predicting) => Promise.resolve(predicting.map(() => LOGITS)),
    forget: () => undefined,
  };
  let [steps, tokens] = [0, 0];
  for (let picture = 0; picture < PICTURES; picture++) {
    let draw = 0;
    const run = decodeLookahead(forward, {
      ...{ seed: picture, temperature: 1, topK: 0, topP: 1, greedy: true },
      ...{ window, firstRow: 'windowed', standIn: 'nearest' },
      ...lookaheadReach(schedule, lookahead),
      drafter: () => (uniformAt(picture, draw++, 9) < CONFIRMED ? 0 : 1),
    });
    for await (const { inputs } of run) {
      steps++;
      tokens += inputs.length;
    }
  }
  return { steps: steps / PICTURES, tokens: tokens / steps };
}

const rows: string[][] = [];
for (const [side, windows] of [
  [EMBEDDED.grid.width, [EMBEDDED.grid.width, 9, 4, 2]],
  [90, [90, 31, 15, 7]],
] as const) {
  for (const window of windows) {
    const grid = { height: side, width: side };
    const plain = countSteps({ grid, window, firstRow: 'windowed', rowStart: 'fixed' }).most;
    const cells: string[] = [];
    for (const lookahead of LOOKAHEADS) {
      const { steps, tokens } = await simulate({ side, window, lookahead });
      cells.push(`${steps.toFixed(0)} (${tokens.toFixed(0)})`);
    }
    rows.push([
      `${side}x${side}, ${window === side ? 'raster' : `ZipAR ${window}`}`,
      String(plain),
      ...cells,
    ]);
  }
}
const heads = LOOKAHEADS.map((lookahead) => `${lookahead} a row: steps (tokens a step)`);
const simulated = { heads: ['picture of', 'plain steps', ...heads], rows };
await tellTables({ simulated }, process.argv[2]);
