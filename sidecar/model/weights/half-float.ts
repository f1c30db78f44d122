/** Exact value of an IEEE 754 binary16 number from its bits. Subnormals, infinities and NaN are included. */
export function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** [n] binary16 bits -> [n] float32, exact. */
export function float16ToFloat32(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) floats[i] = FLOAT16_VALUES[halves[i] ?? 0] ?? 0;
  return floats;
}

/** [n] bfloat16 bits -> [n] float32, exact: a bfloat16 is the upper half of a float32. */
export function bfloat16ToFloat32(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] ?? 0) << 16;
  return new Float32Array(bits.buffer);
}

/**
 * [n] float32 -> [n] binary16 bits, rounded to the nearest, ties to even. The largest finite value is 65504; from 65520 on,
 * the result is infinite.
 */
export function float32ToFloat16(floats: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  const halves = new Uint16Array(floats.length);
  for (let i = 0; i < halves.length; i++) halves[i] = float16Bits(bits[i] ?? 0);
  return halves;
}

/** @param float32 bits of the number to round */
function float16Bits(float32: number): number {
  const sign = (float32 >>> 16) & 0x8000;
  const magnitude = float32 & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x47800000) return sign | 0x7c00; // 65536 and more
  if (magnitude >= 0x38800000) {
    // From 2^-14 on: the exponent's bias falls from 127 to 15, the fraction loses 13 bits, a carry moves the exponent.
    const tieToEven = (magnitude >>> 13) & 1;
    return sign | ((magnitude - (112 << 23) + 0xfff + tieToEven) >>> 13);
  }
  // Subnormal: a whole number of 2^-24.
  const shift = 126 - (magnitude >>> 23);
  if (shift > 24) return sign;
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const whole = fraction >>> shift;
  const rest = fraction & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return sign | (rest > half || (rest === half && whole % 2 === 1) ? whole + 1 : whole);
}

/** All 65536 values: a look-up is several times faster than the arithmetic. */
const FLOAT16_VALUES = Float32Array.from({ length: 1 << 16 }, (_, bits) => float16ToNumber(bits));
