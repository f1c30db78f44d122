import { tokenNoise, uniformAt, type TokenNoise } from '../../../../sidecar/decoding/noise';
import { gumbel } from '../../../sampling/literal-noise';
import { toyLogits } from '../toy-forward';

/** Every choice of a decoder except the sampling, which is temperature 1 or greedy. */
export interface Choices {
  readonly height: number;
  readonly width: number;
  readonly window: number;
  readonly firstRow: 'windowed' | 'sequential';
  readonly rowStart: 'fixed' | 'adaptive';
  readonly standIn: 'nearest' | 'reference';
  readonly terminator: number | undefined;
  readonly greedy: boolean;
  readonly seed: number;
}

interface LiteralStep {
  readonly decided: readonly (readonly [cell: number, token: number])[];
  /** The inputs, by position. */
  readonly fed: readonly (readonly [position: number, token: number])[];
  readonly judged: readonly {
    readonly cell: number;
    readonly token: number;
    readonly accepted: boolean;
    readonly narrower: number;
    readonly wider: number;
  }[];
}

/**
 * ZipAR as the paper's text describes it, cell by cell and without regard to speed. The decoder is compared with it. This
 * version does not know rows that run ahead, the time at which a row's end was first fed, or which row may wait.
 */
export function literalDecode(choices: Choices): LiteralStep[] {
  const { height, width, terminator } = choices;
  const tokens = new Map<number, number>();
  const fed = new Map<number, number>();
  const endsFed = new Set<number>();
  const candidates = new Map<number, { token: number; p: number[]; judged: number }>();
  const rowLength = width + (terminator === undefined ? 0 : 1);
  const place = (cell: number): number => Math.floor(cell / width) * rowLength + (cell % width);
  const steps: LiteralStep[] = [];
  while (tokens.size < height * width) {
    const due = Array.from({ length: height * width }, (_, cell) => cell).filter((cell) =>
      mayDecode(cell, choices, tokens),
    );
    const inputs = new Map<number, number>();
    const query = new Map<number, number>();
    for (const cell of due) {
      if (cell === 0) {
        query.set(cell, -1);
        continue;
      }
      if (cell % width === 0 && terminator !== undefined) {
        inputs.set(place(cell) - 1, terminator);
        query.set(cell, place(cell) - 1);
        continue;
      }
      inputs.set(place(cell - 1), tokens.get(cell - 1) ?? standIn(cell - 1, choices, tokens));
      query.set(cell, place(cell - 1));
    }
    for (let end = width - 1; end < (height - 1) * width; end += width) {
      const token = tokens.get(end);
      if (token === undefined || endsFed.has(end)) continue;
      endsFed.add(end);
      inputs.set(place(end), token);
    }
    for (const [position, token] of inputs) fed.set(position, token);

    const decided: [number, number][] = [];
    const judged: LiteralStep['judged'][number][] = [];
    for (const cell of due) {
      const p = probabilities(toyLogits(fed, query.get(cell) ?? NaN), choices.greedy);
      const noise = (draw: number): TokenNoise => tokenNoise(choices.seed, cell, draw);
      const aboveIsComplete = tokens.has(cell - 1);
      const candidate = candidates.get(cell);
      const isAdaptive = choices.rowStart === 'adaptive' && cell > 0 && cell % width === 0;
      if (!isAdaptive || (!candidate && aboveIsComplete)) {
        decided.push([cell, draw(p, noise(0))]);
        continue;
      }
      if (!candidate) {
        candidates.set(cell, { token: draw(p, noise(0)), p, judged: 0 });
        continue;
      }
      const x = candidate.token;
      const n = candidate.judged + 1;
      const [narrower, wider] = [candidate.p[x] ?? NaN, p[x] ?? NaN];
      const accepted = uniformAt(choices.seed, cell, 2 * n - 1) < Math.min(1, wider / narrower);
      judged.push({ cell, token: x, accepted, narrower, wider });
      const stands = accepted
        ? x
        : draw(
            p.map((probability, token) => Math.max(0, probability - (candidate.p[token] ?? 0))),
            noise(2 * n),
          );
      if (accepted || aboveIsComplete) decided.push([cell, stands]);
      else candidates.set(cell, { token: stands, p, judged: n });
    }
    for (const [cell, token] of decided) tokens.set(cell, token);
    steps.push({ decided, fed: [...inputs].sort(([a], [b]) => a - b), judged });
  }
  return steps;
}

/** Whether a cell may be decoded: Eq. 1, and each row goes from left to right. */
function mayDecode(cell: number, choices: Choices, tokens: ReadonlyMap<number, number>): boolean {
  const { width, window, firstRow } = choices;
  const [row, column] = [Math.floor(cell / width), cell % width];
  if (tokens.has(cell) || (column > 0 && !tokens.has(cell - 1))) return false;
  const until = row === 1 && firstRow === 'sequential' ? width : Math.min(column + window, width);
  for (let k = column; row > 0 && k < until; k++) if (!tokens.has((row - 1) * width + k)) return false;
  return true;
}

function standIn(cell: number, choices: Choices, tokens: ReadonlyMap<number, number>): number {
  const { width } = choices;
  const row = Math.floor(cell / width);
  const newest = [...tokens]
    .filter(([other]) => Math.floor(other / width) === row - 1)
    .sort(byCell)
    .at(-1);
  if (choices.standIn === 'reference' && newest) return newest[1];
  const distance = (other: number): number =>
    (Math.floor(other / width) - row) ** 2 + ((other % width) - (cell % width)) ** 2;
  const nearest = [...tokens].sort((a, b) => distance(a[0]) - distance(b[0]) || b[0] - a[0])[0];
  return nearest?.[1] ?? NaN;
}

function byCell(a: readonly [number, number], b: readonly [number, number]): number {
  return a[0] - b[0];
}

function probabilities(logits: Float32Array, greedy: boolean): number[] {
  const max = Math.max(...logits);
  if (greedy) return Array.from(logits, (_, token) => (token === logits.indexOf(max) ? 1 : 0));
  const weights = Array.from(logits, (logit) => Math.exp(logit - max));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Draws a token: the greatest ln w + g. */
function draw(weights: readonly number[], noise: TokenNoise): number {
  const values = weights.map((weight, token) => Math.log(weight) + gumbel(noise, token));
  return values.indexOf(Math.max(...values));
}
