/** Makes random integers with mulberry32, so the damage is the same every time. */
export function randomIntegers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Damages bytes in one to four ways: flips, extreme values, cuts, repeats and truncations. */
export function damage(original: Buffer, random: (below: number) => number): Buffer {
  let bytes = Buffer.from(original);
  for (let i = 0; i <= random(4); i++) {
    const at = random(bytes.length);
    const length = 1 + random(16);
    switch (random(5)) {
      case 0:
        bytes[at] = random(256);
        break;
      case 1:
        bytes.fill(random(2) ? 0xff : 0x00, at, Math.min(at + length, bytes.length));
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
        break;
      default:
        bytes = random(4) ? bytes : bytes.subarray(0, at);
    }
    if (bytes.length === 0) return Buffer.from([0]);
  }
  return bytes;
}
