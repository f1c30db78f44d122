import type { CodebookIndex } from './token-grid';

/** A bucket of more tokens than this is left to the library's sort, whose cost does not grow with the square. */
const FEW = 32;
const MAX_BUCKETS_LOG2 = 13;
/** Weights this much lighter than the heaviest share the last bucket: a draw reaches it once in a million times at most. */
const SPAN_OCTAVES = 40;
/** Bits of a double's mantissa that lie in its high word, below the exponent. */
const MANTISSA_BITS_HIGH = 20;

/**
 * The tokens that weigh anything, likeliest first; of equal ones the smaller index first.
 *
 * Tokens are dealt into buckets of falling weight, and a bucket is sorted when somebody asks for a token in it. A draw seldom
 * needs more than the first few buckets, and a bucket holds a few tokens only.
 */
export class LikeliestFirst {
  /** Tokens that weigh anything. */
  readonly count: number;
  /** Bucket after bucket; by rank as far as they are sorted. */
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
      // A bucket is filled by rising index, so equal ones are in order already.
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
  /** Each token's bucket, 0 = the heaviest; nothing is said of tokens that weigh nothing. */
  readonly buckets: Uint16Array;
  readonly sizes: Uint32Array;
  /** Tokens that weigh anything. */
  readonly count: number;
}

/**
 * Buckets on a scale that is nearly logarithmic. The high word of a positive double, read as an integer, grows with the double:
 * exponent first, then mantissa. So equal weights share a bucket, and no logarithm is computed.
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

/** Bits that a number needs, 0..32. */
function bits(value: number): number {
  return 32 - Math.clz32(value);
}
