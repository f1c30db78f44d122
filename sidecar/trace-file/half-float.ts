const WORDS = new Uint32Array(1);
const FLOATS = new Float32Array(WORDS.buffer);

/** The largest finite number of 16 bits. */
const LARGEST = 65504;

/**
 * Rounds a number to 16 bits (IEEE 754 binary16) and returns the bits. If two numbers of 16 bits are equally near, the one with
 * an even mantissa is taken. A finite number outside the range becomes the largest finite number of the same sign.
 */
export function toHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  FLOATS[0] = value;
  const sign = ((WORDS[0] ?? 0) >>> 16) & 0x8000;
  const size = Math.abs(value);
  if (size === Infinity) return sign | 0x7c00;
  if (size >= LARGEST) return sign | 0x7bff;
  if (size < 2 ** -14) return sign | roundToEven(size * 2 ** 24);
  const exponent = Math.floor(Math.log2(size));
  // For a number just below a power of two, the logarithm may be rounded up.
  const power = size < 2 ** exponent ? exponent - 1 : exponent;
  // If the mantissa is rounded up to 1024, the sum increases the exponent by 1, as it must.
  return sign | (((power + 15) << 10) + roundToEven((size / 2 ** power - 1) * 1024));
}

/** The number with the given 16 bits. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const mantissa = bits & 1023;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : NaN;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest > 0.5 ? below + 1 : below;
  return below % 2 === 0 ? below : below + 1;
}
