/**
 * RAR in 64-bit numbers, from what its published code says. It has no code in common with the program's graphs and decoders.
 * Each half of a guided run is a sequence of its own. A sequence keeps the keys and values of what it was fed.
 */
import { gelu, type LiteralWeights } from './literal-llama';
import type { RarSizes } from './rar-checkpoint';

type Vector = readonly number[];

/** A token in a sequence. `index` counts `cls_token` as 0 and the class as 1. */
interface Fed {
  readonly index: number;
  readonly embedding: Vector;
}

interface Kept {
  readonly index: number;
  readonly keys: Vector[];
  readonly values: Vector[];
  isForgotten: boolean;
}

/** One half of a run. */
export class LiteralRar {
  private readonly kept: Kept[] = [];
  private readonly label: Vector;

  /** @param label the class, or `classes` for the null class */
  constructor(
    private readonly weights: LiteralWeights,
    private readonly sizes: RarSizes,
    label: number,
  ) {
    this.label = weights.matrix('embeddings.weight')[sizes.codes + 1 + label] ?? [];
  }

  /** Feeds `cls_token` and the class. @returns logits of the first token */
  begin(): Vector {
    const cls = sum(this.weights.vector('cls_token'), this.row('pos_embed', 0));
    const label = sum(this.label, this.row('pos_embed', 1), this.row('target_aware_pos_embed', 2));
    const [, logits = []] = this.feed([
      { index: 0, embedding: cls },
      { index: 1, embedding: label },
    ]);
    return logits;
  }

  /** Feeds picture tokens in one pass. @returns for each of them, the logits of the cell after it */
  tokens(fed: readonly { readonly cell: number; readonly code: number }[]): readonly Vector[] {
    return this.feed(
      fed.map(({ cell, code }) => ({
        index: cell + 2,
        embedding: sum(
          this.weights.matrix('embeddings.weight')[code] ?? [],
          this.row('pos_embed', cell + 2),
          this.row('target_aware_pos_embed', cell + 3),
        ),
      })),
    );
  }

  /** No later token sees what was last fed for this cell. */
  forget(cell: number): void {
    const last = this.kept.filter(({ index, isForgotten }) => index === cell + 2 && !isForgotten).at(-1);
    if (last) last.isForgotten = true;
  }

  private row(table: string, index: number): Vector {
    return this.weights.matrix(table)[index] ?? [];
  }

  private feed(fed: readonly Fed[]): readonly Vector[] {
    const { weights, sizes } = this;
    const own = fed.map(({ index }): Kept => ({ index, keys: [], values: [], isForgotten: false }));
    this.kept.push(...own);
    const conditions = fed.map(({ index }) =>
      sum(this.label, this.row('timesteps_embeddings', index)).map(silu),
    );
    let x = fed.map(({ embedding }) => embedding);
    for (let layer = 0; layer < sizes.layers; layer++) {
      const block = `blocks.${layer}`;
      const modulations = conditions.map((c) => chunks(weights.linear(`${block}.adaLN_modulation.1`, c), 6));
      const queries = x.map((row, i) => {
        const [shift = [], scale = []] = modulations[i] ?? [];
        const y = modulate(this.norm(`${block}.norm1`, row), shift, scale);
        const [q = [], k = [], v = []] = chunks(weights.linear(`${block}.attn.qkv`, y), 3);
        own[i]?.keys.push(this.eachHead(`${block}.attn.k_norm`, k));
        own[i]?.values.push(v);
        return this.eachHead(`${block}.attn.q_norm`, q);
      });
      x = x.map((row, i) => {
        const [, , gate = [], mlpShift = [], mlpScale = [], mlpGate = []] = modulations[i] ?? [];
        const attended = this.attend(queries[i] ?? [], fed[i]?.index ?? NaN, layer);
        const after = sum(row, product(gate, weights.linear(`${block}.attn.proj`, attended)));
        const z = modulate(this.norm(`${block}.norm2`, after), mlpShift, mlpScale);
        const inner = weights.linear(`${block}.mlp.fc1`, z).map(gelu);
        return sum(after, product(mlpGate, weights.linear(`${block}.mlp.fc2`, inner)));
      });
    }
    return x.map((row, i) => {
      const modulation = weights.linear('adaln_before_head.adaLN_modulation.1', conditions[i] ?? []);
      const [scale = [], shift = []] = chunks(modulation, 2);
      return weights.linear('lm_head', modulate(standardised(row), shift, scale));
    });
  }

  /** A token sees everything kept at its own index or before. */
  private attend(query: Vector, index: number, layer: number): Vector {
    const seen = this.kept.filter((kept) => kept.index <= index && !kept.isForgotten);
    const { headDim, heads } = this.sizes;
    return Array.from({ length: heads }, (_, head) => {
      const part = (x: Vector = []): Vector => x.slice(head * headDim, (head + 1) * headDim);
      const scores = seen.map(({ keys }) => dot(part(query), part(keys[layer])) / Math.sqrt(headDim));
      const highest = Math.max(...scores);
      const shares = scores.map((score) => Math.exp(score - highest));
      const total = shares.reduce((a, b) => a + b, 0);
      return Array.from({ length: headDim }, (__, i) =>
        seen.reduce(
          (mixed, { values }, token) =>
            mixed + ((shares[token] ?? NaN) / total) * (part(values[layer])[i] ?? NaN),
          0,
        ),
      );
    }).flat();
  }

  private eachHead(norm: string, x: Vector): Vector {
    return chunks(x, this.sizes.heads).flatMap((head) => this.norm(norm, head));
  }

  private norm(name: string, x: Vector): Vector {
    const [weight, bias] = [this.weights.vector(`${name}.weight`), this.weights.vector(`${name}.bias`)];
    return sum(product(standardised(x), weight), bias);
  }
}

/** Guidance for a cell. @param power of the published schedule; 0 = constant */
export function literalGuidance(scale: number, cell: number, cells: number, power: number): number {
  return 1 + ((scale - 1) * (1 - Math.cos(Math.PI * (cell / cells) ** power))) / 2;
}

/** A picture that is drawn greedily. */
export interface LiteralRarPicture {
  readonly grid: readonly [number, number];
  readonly guidance: number;
  readonly power: number;
  /** Columns by which a row follows the row above; the width for raster order. */
  readonly window: number;
}

/**
 * Draws both halves pass by pass, with ZipAR's schedule and the nearest stand-in.
 * @returns the tokens, the number of passes, and the smallest gap between the two likeliest logits
 */
export function drawRar(
  halves: readonly LiteralRar[],
  { grid: [height, width], guidance, power, window }: LiteralRarPicture,
): { tokens: number[]; passes: number; margin: number } {
  const cells = height * width;
  const tokens = new Map<number, number>();
  let margin = Infinity;
  const decide = (cell: number, [conditional = [], unconditional = conditional]: readonly Vector[]): void => {
    const scale = literalGuidance(guidance, cell, cells, power);
    const guided = conditional.map(
      (c, i) => (unconditional[i] ?? NaN) + scale * (c - (unconditional[i] ?? NaN)),
    );
    const [first = NaN, second = NaN] = [...guided].sort((a, b) => b - a);
    margin = Math.min(margin, first - second);
    tokens.set(cell, guided.indexOf(first));
  };
  /** The pass that decides a cell, from 1. */
  const passOf = (cell: number): number => 1 + (cell % width) + Math.floor(cell / width) * window;
  decide(
    0,
    halves.map((half) => half.begin()),
  );
  const passes = passOf(cells - 1);
  const standIns = new Set<number>();
  for (let pass = 2; pass <= passes; pass++) {
    const fed = new Map<number, number>();
    for (const [cell, code] of tokens) {
      if (passOf(cell) !== pass - 1 || cell === cells - 1) continue;
      fed.set(cell, code);
      if (standIns.delete(cell)) for (const half of halves) half.forget(cell);
    }
    const decided = Array.from({ length: cells }, (_, cell) => cell).filter((cell) => passOf(cell) === pass);
    for (const cell of decided) {
      const before = cell - 1;
      if (tokens.has(before)) continue;
      fed.set(before, nearest(tokens, before, width));
      standIns.add(before);
    }
    const inputs = [...fed].map(([cell, code]) => ({ cell, code })).sort((a, b) => a.cell - b.cell);
    const logits = halves.map((half) => half.tokens(inputs));
    for (const cell of decided) {
      const place = inputs.findIndex((input) => input.cell === cell - 1);
      decide(
        cell,
        logits.map((rows) => rows[place] ?? []),
      );
    }
  }
  return { tokens: Array.from({ length: cells }, (_, cell) => tokens.get(cell) ?? NaN), passes, margin };
}

/** The token of the decided cell that is nearest; of equals, the later one in raster order. */
function nearest(tokens: ReadonlyMap<number, number>, cell: number, width: number): number {
  const distance = (other: number): number =>
    (Math.floor(other / width) - Math.floor(cell / width)) ** 2 + ((other % width) - (cell % width)) ** 2;
  const sorted = [...tokens.keys()].sort((a, b) => distance(a) - distance(b) || b - a);
  return tokens.get(sorted[0] ?? NaN) ?? NaN;
}

function standardised(x: Vector): Vector {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const variance = x.reduce((total, value) => total + (value - mean) ** 2, 0) / x.length;
  return x.map((value) => (value - mean) / Math.sqrt(variance + 1e-6));
}

function modulate(x: Vector, shift: Vector, scale: Vector): Vector {
  return x.map((value, i) => value * (1 + (scale[i] ?? NaN)) + (shift[i] ?? NaN));
}

function silu(x: number): number {
  return x / (1 + Math.exp(-x));
}

function chunks(x: Vector, count: number): Vector[] {
  const size = x.length / count;
  return Array.from({ length: count }, (_, i) => x.slice(i * size, (i + 1) * size));
}

function sum(first: Vector, ...others: readonly Vector[]): number[] {
  return others.reduce<number[]>((total, other) => total.map((v, i) => v + (other[i] ?? NaN)), [...first]);
}

function product(a: Vector, b: Vector): number[] {
  return a.map((value, i) => value * (b[i] ?? NaN));
}

function dot(a: Vector, b: Vector): number {
  return product(a, b).reduce((total, value) => total + value, 0);
}
