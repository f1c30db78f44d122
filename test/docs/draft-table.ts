import { markdownOf } from './figure-table';

/** The figures that `npm run bench -- lookahead` writes. */
export interface DraftFigures {
  readonly pictures: number;
  readonly rows: readonly {
    readonly base: string;
    readonly window: number;
    readonly reach: { readonly cellsARow: number };
    readonly rule: string;
    readonly pictures: number;
    /** Sums over the pictures. */
    readonly steps: number;
    readonly tokens: number;
    readonly ties: number;
    readonly different: number;
  }[];
}

/** The steps of each rule for drafts, in Markdown. */
export function draftTable({ rows }: DraftFigures): string {
  const cells = rows.map(({ base, reach, rule, steps, tokens, ties, different, pictures }) => [
    ...[base, reach.cellsARow, rule, (steps / pictures).toFixed(1), (tokens / steps).toFixed(0)],
    ...[ties, different, pictures],
  ]);
  const heads = [
    ...['picture of', 'cells a row', 'drafts', 'steps, mean', 'tokens a step', 'ties'],
    ...['pictures that differ', 'pictures'],
  ];
  return markdownOf({ heads, rows: cells });
}
