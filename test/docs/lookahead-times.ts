import { markdownOf } from './figure-table';

/** The figures that `npm run bench -- lookahead` writes on time. */
export interface LookaheadTimes {
  /** Pictures of each row. The plain decoder and `auto` made them in turn. */
  readonly pictures: number;
  readonly rows: readonly LookaheadTime[];
}

export interface LookaheadTime {
  readonly model: string;
  readonly precision: string;
  readonly decoder: string;
  /** Share of drafts that are made right; null: the decoder's own drafts. */
  readonly confirmed: number | null;
  /** Steps a picture, without and with `auto`. */
  readonly steps: readonly [plain: number, auto: number];
  /** Milliseconds a picture, without and with `auto`. */
  readonly ms: readonly [plain: number, auto: number];
  /** Median of the ratios of two pictures in turn. */
  readonly ratio: number;
}

/** What `--lookahead auto` saves, in Markdown. */
export function lookaheadTimesTable({ rows }: LookaheadTimes): string {
  const heads = [
    ...['model', 'weights', 'decoder', 'drafts', 'steps, plain', 'steps, `auto`'],
    ...['seconds, plain', 'seconds, `auto`', '`auto` / plain, median'],
  ];
  const cells = rows.map(({ model, precision, decoder, confirmed, steps, ms, ratio }) => [
    ...[model, precision, decoder, confirmed === null ? 'its own' : `${confirmed * 100} % right, simulated`],
    ...steps.map((each) => each.toFixed(0)),
    ...ms.map((each) => (each / 1000).toFixed(2)),
    ratio.toFixed(2),
  ]);
  return markdownOf({ heads, rows: cells });
}
