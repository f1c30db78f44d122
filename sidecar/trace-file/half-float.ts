const WORDS = new Uint32Array(1);
const FLOATS = new Float32Array(WORDS.buffer);

/** Largest finite number of 16 bits. */
const LARGEST = 65504;

/**
 * The number of 16 bits (IEEE 754 binary16) that is nearest to a number, as its bits. Ties go to the even one. Finite numbers
 * beyond the range become the largest finite number of their sign.
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
  // The logarithm of a number just below a power of two may be rounded up.
  const power = size < 2 ** exponent ? exponent - 1 : exponent;
  // A mantissa that is rounded up to 1024 carries into the exponent.
  return sign | (((power + 15) << 10) + roundToEven((size / 2 ** power - 1) * 1024));
}

/** The number whose 16 bits are given. */
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
