/**
 * A language model of the Llama kind, computed one token after another in 64-bit numbers, as the golden data's page describes
 * it. It has no code in common with the program's graphs.
 */
import { numbersOf, type Tensors } from './tensors';

/** Sizes and constants of a small language model. */
export interface LiteralConfig {
  readonly prefix: string;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly eps: number;
  readonly theta: number;
}

type Vector = readonly number[];

/** Matrices and vectors of a checkpoint, by name. */
export class LiteralWeights {
  private readonly rows = new Map<string, readonly Vector[]>();

  constructor(private readonly tensors: Tensors) {}

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  /** The rows of a matrix; a vector is one row. */
  matrix(name: string): readonly Vector[] {
    const known = this.rows.get(name);
    if (known) return known;
    const tensor = this.tensors.get(name);
    if (!tensor) throw new Error(`There is no tensor ${name}.`);
    const numbers = Array.from(numbersOf(tensor));
    const width = tensor.shape.at(-1) ?? 1;
    const rows = Array.from({ length: numbers.length / width }, (_, i) =>
      numbers.slice(i * width, (i + 1) * width),
    );
    this.rows.set(name, rows);
    return rows;
  }

  vector(name: string): Vector {
    return this.matrix(name).flat();
  }

  /** matrix * x, plus the bias where there is one. */
  linear(name: string, x: Vector): number[] {
    const bias = this.has(`${name}.bias`) ? this.vector(`${name}.bias`) : undefined;
    return this.matrix(`${name}.weight`).map((row, i) => dot(row, x) + (bias?.[i] ?? 0));
  }
}

/** One sequence: every token sees all tokens before it. */
export class LiteralLlama {
  private readonly keys: Vector[][][];
  private readonly values: Vector[][][];
  private position = 0;

  constructor(
    private readonly weights: LiteralWeights,
    private readonly config: LiteralConfig,
  ) {
    const empty = (): Vector[][][] =>
      Array.from({ length: config.layers }, () => Array.from({ length: config.kvHeads }, () => []));
    this.keys = empty();
    this.values = empty();
  }

  /** Feeds a token's embedding. @returns the final norm's output */
  feed(embedding: Vector): number[] {
    const { weights, config } = this;
    const { prefix, layers, eps } = config;
    let x = [...embedding];
    for (let layer = 0; layer < layers; layer++) {
      const block = `${prefix}layers.${layer}`;
      const attended = this.attend(layer, rms(x, weights.vector(`${block}.input_layernorm.weight`), eps));
      x = add(x, weights.linear(`${block}.self_attn.o_proj`, attended));
      const y = rms(x, weights.vector(`${block}.post_attention_layernorm.weight`), eps);
      const up = weights.linear(`${block}.mlp.up_proj`, y);
      const gated = weights
        .linear(`${block}.mlp.gate_proj`, y)
        .map((g, i) => (g / (1 + Math.exp(-g))) * (up[i] ?? 0));
      x = add(x, weights.linear(`${block}.mlp.down_proj`, gated));
    }
    this.position++;
    return rms(x, weights.vector(`${prefix}norm.weight`), eps);
  }

  private attend(layer: number, x: Vector): number[] {
    const { weights, config, position } = this;
    const { prefix, heads, kvHeads, headDim, theta } = config;
    const block = `${prefix}layers.${layer}.self_attn`;
    const headsOf = (name: 'q' | 'k' | 'v', count: number): Vector[] => {
      const all = weights.linear(`${block}.${name}_proj`, x);
      return Array.from({ length: count }, (_, head) => {
        const own = all.slice(head * headDim, (head + 1) * headDim);
        return name === 'v'
          ? own
          : turned(this.normed(`${block}.${name}_norm`, own, head, count), position, theta);
      });
    };
    const queries = headsOf('q', heads);
    for (const [head, key] of headsOf('k', kvHeads).entries()) this.keys[layer]?.[head]?.push(key);
    for (const [head, value] of headsOf('v', kvHeads).entries()) this.values[layer]?.[head]?.push(value);
    return queries.flatMap((query, head) => {
      const group = Math.floor(head / (heads / kvHeads));
      const keys = this.keys[layer]?.[group] ?? [];
      const scores = keys.map((key) => dot(query, key) / Math.sqrt(headDim));
      const highest = Math.max(...scores);
      const shares = scores.map((score) => Math.exp(score - highest));
      const total = shares.reduce((sum, share) => sum + share, 0);
      const values = this.values[layer]?.[group] ?? [];
      return query.map((_, i) =>
        values.reduce((sum, value, token) => sum + ((shares[token] ?? 0) / total) * (value[i] ?? 0), 0),
      );
    });
  }

  /** Chameleon's layer norm of a head, where the checkpoint has one. */
  private normed(name: string, head: Vector, index: number, count: number): Vector {
    if (!this.weights.has(`${name}.weight`)) return head;
    const rows = this.weights.matrix(`${name}.weight`);
    const row = Math.floor(index / (count / rows.length));
    const mean = head.reduce((sum, value) => sum + value, 0) / head.length;
    const variance = head.reduce((sum, value) => sum + (value - mean) ** 2, 0) / head.length;
    const bias = this.weights.matrix(`${name}.bias`)[row];
    return head.map(
      (value, i) =>
        ((value - mean) / Math.sqrt(variance + 1e-5)) * (rows[row]?.[i] ?? NaN) + (bias?.[i] ?? NaN),
    );
  }
}

/** Feature i turns with feature i + d/2. */
function turned(x: Vector, position: number, theta: number): number[] {
  const half = x.length / 2;
  return x.map((value, i) => {
    const angle = position * theta ** (-(i % half) / half);
    const other = i < half ? -(x[i + half] ?? NaN) : (x[i - half] ?? NaN);
    return value * Math.cos(angle) + other * Math.sin(angle);
  });
}

function rms(x: Vector, weight: Vector, eps: number): number[] {
  const scale = 1 / Math.sqrt(dot(x, x) / x.length + eps);
  return x.map((value, i) => value * scale * (weight[i] ?? NaN));
}

function dot(a: Vector, b: Vector): number {
  if (a.length !== b.length) throw new Error(`Vectors of ${a.length} and ${b.length} do not fit.`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? NaN) * (b[i] ?? NaN);
  return sum;
}

function add(a: Vector, b: Vector): number[] {
  return a.map((value, i) => value + (b[i] ?? NaN));
}

/** GELU by the error function, to 1e-7 (Abramowitz and Stegun 7.1.26 has 1.5e-7 of absolute error). */
export function gelu(x: number): number {
  const t = 1 / (1 + 0.3275911 * (Math.abs(x) / Math.SQRT2));
  const series =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - series * Math.exp(-(x * x) / 2);
  return (x / 2) * (1 + Math.sign(x) * erf);
}

/** How the tokens of a picture become inputs and outputs of the language model. */
export interface LiteralPicture {
  readonly grid: readonly [number, number];
  readonly guidance: number;
  /** Embedding of an id of the prompt. */
  readonly text: (id: number) => Vector;
  /** Embedding of a picture's token. */
  readonly code: (code: number) => Vector;
  /** Embedding of the token that ends a row; undefined when rows do not end. */
  readonly endOfLine: Vector | undefined;
  /** Logits of the codes. */
  readonly logits: (hidden: Vector) => Vector;
}

/** The likeliest tokens in raster order, and the smallest gap between the two likeliest logits. */
export function drawGreedily(
  newSequence: () => LiteralLlama,
  prompts: readonly (readonly number[])[],
  { grid: [height, width], guidance, text, code, endOfLine, logits }: LiteralPicture,
): { tokens: number[]; margin: number } {
  const sequences = prompts.map(newSequence);
  let hidden = sequences.map((sequence, half) => {
    let last: number[] = [];
    for (const id of prompts[half] ?? []) last = sequence.feed(text(id));
    return last;
  });
  const tokens: number[] = [];
  let margin = Infinity;
  while (tokens.length < height * width) {
    const [conditional = [], unconditional = conditional] = hidden.map(logits);
    const guided = conditional.map(
      (c, i) => (unconditional[i] ?? NaN) + guidance * (c - (unconditional[i] ?? NaN)),
    );
    const [first = NaN, second = NaN] = [...guided].sort((a, b) => b - a);
    margin = Math.min(margin, first - second);
    const token = guided.indexOf(first);
    tokens.push(token);
    hidden = sequences.map((sequence) => {
      const after = sequence.feed(code(token));
      return endOfLine && tokens.length % width === 0 ? sequence.feed(endOfLine) : after;
    });
  }
  return { tokens, margin };
}
