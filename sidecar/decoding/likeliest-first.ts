import type { CodebookIndex } from './token-grid';

/**
 * The largest number of tokens that insertion sort sorts. For more tokens, the sort of the library is faster, because the time
 * of insertion sort grows with the square of their number.
 */
const FEW = 32;
/** The base-2 logarithm of the largest number of buckets. */
const MAX_BUCKETS_LOG2 = 13;
/**
 * The number of powers of two that the buckets cover, from the largest weight downwards. All smaller weights share the last
 * bucket. Top-p almost never needs a token of this bucket.
 */
const SPAN_OCTAVES = 40;
/** The number of bits of a double's mantissa in its high 32-bit word, below the exponent. */
const MANTISSA_BITS_HIGH = 20;

/**
 * The tokens with a weight above 0, the likeliest first. Tokens of equal weight are in the order of their indices.
 *
 * The constructor puts the tokens into buckets, each with smaller weights than the bucket before. A bucket is sorted only when
 * a caller asks for a token in it. A caller seldom needs more than the first few buckets, and a bucket holds only a few tokens.
 */
export class LikeliestFirst {
  /** The number of tokens with a weight above 0. */
  readonly count: number;
  /** The tokens, bucket after bucket. The tokens of a sorted bucket are in the order of their ranks. */
  private readonly tokens: Uint32Array;
  /** For each bucket, the rank after its last token. */
  private readonly ends: Uint32Array;
  /** The first bucket that is not sorted. */
  private nextBucket = 0;
  /** The number of tokens in the sorted buckets. */
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

  /** The token of a rank. @param rank 0 = the likeliest; less than `count` */
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
      // A bucket is filled in the order of indices, so tokens of equal weight are already in the right order.
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
  /** The bucket of each token; bucket 0 has the largest weights. The number has no meaning for a token with weight 0. */
  readonly buckets: Uint16Array;
  /** The number of tokens in each bucket. */
  readonly sizes: Uint32Array;
  /** The number of tokens with a weight above 0. */
  readonly count: number;
}

/**
 * Puts tokens into buckets. The high 32-bit word of a positive double holds the exponent and then the first bits of the
 * mantissa. As an integer, the word grows with the double, almost like a logarithm. So the word says the bucket, and no
 * logarithm is computed. Equal weights share a bucket.
 */
function bucketed(weights: Float64Array): Buckets {
  // The high word comes second, because all platforms of Node are little-endian.
  const words = new Uint32Array(weights.buffer, weights.byteOffset, 2 * weights.length);
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

/** The number of bits of an integer, 0..32. */
function bits(value: number): number {
  return 32 - Math.clz32(value);
}
