import type { SeededSampling } from '../../../../sidecar/decoding/decoder';
import { tokenNoise, uniformAt } from '../../../../sidecar/decoding/noise';
import { distributionOf, drawToken } from '../../../../sidecar/decoding/sampling';
import type { GridShape } from '../../../../sidecar/decoding/token-grid';
import { toyLogits } from '../toy-forward';

/** The picture of PJD, with the number of steps. */
export interface LiteralPicture {
  readonly tokens: readonly number[];
  readonly steps: number;
}

interface Guess {
  token: number;
  from: readonly number[];
}

/**
 * PJD, written from the method's description for a model that shows what a query sees (`toyLogits`). Each step makes for each
 * cell the list of all that the cell may see, from nothing.
 *
 * @param terminator token after each row; undefined for none
 */
export function literalPjd(
  { height, width }: GridShape,
  terminator: number | undefined,
  { context, draftWindow, ...sampling }: SeededSampling & { context: number; draftWindow: number },
): LiteralPicture {
  const rowLength = terminator === undefined ? width : width + 1;
  const rows: number[][] = Array.from({ length: height }, () => []);
  const guesses: (Guess | undefined)[][] = Array.from({ length: height }, () => []);
  const standIns: (number | undefined)[] = [];
  const started: boolean[] = [];
  const used = new Map<string, number>();
  const random = (row: number, column: number): number => {
    const next = (used.get(`${row} ${column}`) ?? 0) + 1;
    used.set(`${row} ${column}`, next);
    return next;
  };
  const distribution = (seen: ReadonlyMap<number, number>, query: number): number[] =>
    Array.from(distributionOf(toyLogits(seen, query), sampling));
  const drawn = (weights: readonly number[], cell: number, draw: number): number =>
    drawToken(Float64Array.from(weights), tokenNoise(sampling.seed, cell, draw));

  /** All that a draft of a row sees, before the row's own tokens. */
  const seenAbove = (row: number): Map<number, number> => {
    const seen = new Map<number, number>();
    for (let r = 0; r < row; r++) {
      for (const [column, token] of (rows[r] ?? []).entries()) seen.set(r * rowLength + column, token);
      const standIn = standIns[r + 1];
      if (terminator === undefined && standIn !== undefined && (rows[r] ?? []).length < width)
        seen.set(r * rowLength + width - 1, standIn);
      if (terminator !== undefined && started[r + 1] === true) seen.set(r * rowLength + width, terminator);
    }
    return seen;
  };

  rows[0]?.push(drawn(distribution(new Map(), -1), 0, 0));
  let steps = 1;
  while ((rows[height - 1] ?? []).length < width) {
    steps++;
    const lengths = rows.map(({ length }) => length);
    const topmost = lengths.findIndex((length) => length < width);
    const active = lengths.map((length, r) => r === 0 || length > 0 || (lengths[r - 1] ?? 0) >= context);
    for (let r = 1; r < height; r++) {
      if (active[r] !== true || lengths[r] !== 0) continue;
      started[r] = true;
      if (terminator === undefined && lengths[r - 1] !== width) standIns[r] = nearest(rows, r - 1, width);
    }
    const verdicts = rows.map((row, r) => {
      const from = row.length;
      if (active[r] !== true) return [];
      const to = Math.min(from + draftWindow, r === 0 ? width : (lengths[r - 1] ?? 0));
      const seen = seenAbove(r);
      for (const [column, token] of row.entries()) seen.set(r * rowLength + column, token);
      const own: Guess[] = [];
      for (let column = from; column < to; column++) {
        const left = column > 0 ? (row[column - 1] ?? own[column - 1 - from]?.token) : undefined;
        const guessed = r > 0 ? rows[r - 1]?.[column] : left;
        const guess = guesses[r]?.[column] ?? { token: guessed ?? NaN, from: [] };
        own.push(guess);
      }
      return own.map((guess, i) => {
        const column = from + i;
        const now = distribution(seen, r * rowLength + column - 1);
        seen.set(r * rowLength + column, guess.token);
        return { guess, now, column };
      });
    });
    for (const [r, cells] of verdicts.entries()) {
      let isWaiting = false;
      for (const { guess, now, column } of cells) {
        const cell = r * width + column;
        const row = rows[r] ?? [];
        const before = (token: number): number =>
          guess.from.length > 0 ? (guess.from[token] ?? 0) : Number(token === guess.token);
        let isKept = false;
        if (!isWaiting) {
          const acceptance = uniformAt(sampling.seed, cell, random(r, column));
          const replacing = random(r, column);
          isKept = acceptance < (now[guess.token] ?? 0) / before(guess.token);
          if (isKept) row.push(guess.token);
          else if (r === topmost) {
            const residual = now.map((p, token) => Math.max(0, p - before(token)));
            row.push(drawn(residual, cell, replacing));
          }
        }
        const isDecided = !isWaiting && (isKept || r === topmost);
        const list = guesses[r] ?? [];
        list[column] = isDecided ? undefined : { token: drawn(now, cell, random(r, column)), from: now };
        if (!isKept) isWaiting = true;
      }
    }
  }
  return { tokens: rows.flat(), steps };
}

/** The nearest decided token to the end of a row; of equally near ones, the lowest. */
function nearest(rows: readonly (readonly number[])[], row: number, width: number): number {
  let best = { distance: Infinity, token: NaN };
  for (let r = row; r >= 0; r--)
    for (const [column, token] of (rows[r] ?? []).entries()) {
      const distance = (row - r) ** 2 + (width - 1 - column) ** 2;
      if (distance < best.distance) best = { distance, token };
    }
  return best.token;
}
