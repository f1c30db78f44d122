import type { CodebookIndex } from './token-grid';

/**
 * Most tokens in a bucket that is sorted here. A larger bucket goes to the library's sort, whose cost does not grow with
 * the square.
 */
const FEW = 32;
const MAX_BUCKETS_LOG2 = 13;
/**
 * Octaves that the buckets cover. Weights that are lighter than that share the last bucket: a draw reaches it at most once
 * in a million times.
 */
const SPAN_OCTAVES = 40;
/** Bits of a double's mantissa that lie in its high word, below the exponent. */
const MANTISSA_BITS_HIGH = 20;

/**
 * The tokens with a weight above 0, likeliest first. Tokens of equal weight are in the order of their indices.
 *
 * Tokens are put into buckets of falling weight. A bucket is sorted only when a caller asks for a token in it. A draw
 * seldom needs more than the first few buckets, and a bucket holds only a few tokens.
 */
export class LikeliestFirst {
  /** Number of tokens with a weight above 0. */
  readonly count: number;
  /** The tokens, bucket after bucket. Inside a bucket they are in the order of their ranks once the bucket is sorted. */
  private readonly tokens: Uint32Array;
  /** Rank after the last of each bucket. */
  private readonly ends: Uint32Array;
  private nextBucket = 0;
  private sorted = 0;

  /** @param weights [vocab], finite and 0 or more */
  constructor(private readonly weights: Float64Array) {
    const { buckets, count, sizes } = bucketed(weights);
    const places = new Uint32Array(sizes.length);
    let start = 0;
    for (let bucket = 0; bucket < sizes.length; bucket++) {
      places[bucket] = start;
      start += sizes[bucket] ?? 0;
    }
    const tokens = new Uint32Array(count);
    for (let token = 0; token < weights.length; token++) {
      if (!((weights[token] ?? 0) > 0)) continue;
      const bucket = buckets[token] ?? 0;
      const place = places[bucket] ?? 0;
      tokens[place] = token;
      places[bucket] = place + 1;
    }
    this.count = count;
    this.tokens = tokens;
    this.ends = places;
  }

  /** @param rank 0 = the likeliest; below `count` */
  at(rank: number): CodebookIndex {
    while (rank >= this.sorted) this.sortNextBucket();
    return this.tokens[rank] ?? 0;
  }

  private sortNextBucket(): void {
    const end = this.ends[this.nextBucket++] ?? this.count;
    if (end - this.sorted <= FEW) this.insertionSort(this.sorted, end);
    else this.tokens.subarray(this.sorted, end).sort((a, b) => this.compare(a, b));
    this.sorted = end;
  }

  private insertionSort(start: number, end: number): void {
    const { tokens, weights } = this;
    for (let i = start + 1; i < end; i++) {
      const token = tokens[i] ?? 0;
      const weight = weights[token] ?? 0;
      let place = i;
      // A bucket is filled in the order of indices, so equal weights are in order already.
      for (; place > start; place--) {
        const before = tokens[place - 1] ?? 0;
        if ((weights[before] ?? 0) >= weight) break;
        tokens[place] = before;
      }
      tokens[place] = token;
    }
  }

  private compare(a: CodebookIndex, b: CodebookIndex): number {
    return (this.weights[b] ?? 0) - (this.weights[a] ?? 0) || a - b;
  }
}

interface Buckets {
  /** Each token's bucket, 0 = the heaviest. The value is undefined for a token with weight 0. */
  readonly buckets: Uint16Array;
  readonly sizes: Uint32Array;
  /** Number of tokens with a weight above 0. */
  readonly count: number;
}

/**
 * Puts tokens into buckets on a nearly logarithmic scale. The high word of a positive double, read as an integer, grows
 * with the double: exponent first, then mantissa. So equal weights share a bucket, and no logarithm is computed.
 */
function bucketed(weights: Float64Array): Buckets {
  const words = new Uint32Array(weights.buffer, weights.byteOffset, 2 * weights.length); // little-endian, as every platform of Node is
  let count = 0;
  let heaviest = 0;
  let lightest = 0xffffffff;
  for (let token = 0; token < weights.length; token++) {
    if (!((weights[token] ?? 0) > 0)) continue;
    const high = words[2 * token + 1] ?? 0;
    if (high > heaviest) heaviest = high;
    if (high < lightest) lightest = high;
    count++;
  }
  const span = count === 0 ? 0 : Math.min(heaviest - lightest, SPAN_OCTAVES << MANTISSA_BITS_HIGH);
  const shift = Math.max(0, bits(span) - Math.min(MAX_BUCKETS_LOG2, bits(count)));
  const last = span >> shift;
  const buckets = new Uint16Array(weights.length);
  const sizes = new Uint32Array(last + 1);
  for (let token = 0; token < weights.length; token++) {
    if (!((weights[token] ?? 0) > 0)) continue;
    const bucket = Math.min((heaviest - (words[2 * token + 1] ?? 0)) >> shift, last);
    buckets[token] = bucket;
    sizes[bucket] = (sizes[bucket] ?? 0) + 1;
  }
  return { buckets, sizes, count };
}

/** Number of bits that a number needs, 0..32. */
function bits(value: number): number {
  return 32 - Math.clz32(value);
}
