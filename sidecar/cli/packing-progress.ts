import type { PackingListener } from '../model/precision/packing-listener';
import type { WeightPrecision } from '../protocol';
import { ProgressBar } from './progress-bar';

const WHAT: { readonly [precision in WeightPrecision]: string } = {
  stored: 'as stored',
  float16: 'to float16',
  int8: 'to 8 bits',
  int4: 'to 4 bits',
};

/** Shows "Packing weights to 4 bits: 37 %" on a terminal. */
export function showPacking(bar: ProgressBar, precision: WeightPrecision, fraction: number): void {
  bar.updatePercentage(fraction, `Packing weights ${WHAT[precision]}`);
}

/** Reports packing on the terminal: its progress, and its notices. */
export function packingOnTerminal(precision: WeightPrecision): PackingListener {
  const bar = new ProgressBar();
  return {
    onProgress: (fraction) => {
      showPacking(bar, precision, fraction);
      if (fraction >= 1) bar.clear();
    },
    onNotice: (sentence) => {
      bar.clear();
      process.stderr.write(`${sentence}\n`);
    },
  };
}
