import { describe, expect, it } from 'vitest';
import { makeRamps } from '../../../webview/canvas/ramps';

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

/**
 * Linear sRGB as people see it who lack one kind of cones (Machado, Oliveira and Fernandes 2009, severity 1).
 */
const SIMULATIONS: Readonly<Record<string, Matrix>> = {
  'all cones': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function times(matrix: Matrix, [a, b, c]: Triple): Triple {
  const [x, y, z] = matrix.map((row) => row[0] * a + row[1] * b + row[2] * c);
  return [x ?? 0, y ?? 0, z ?? 0];
}

function toLinear(byte: number): number {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** CIELAB of linear sRGB, white point D65. */
function toLab(rgb: Triple): Triple {
  const [x, y, z] = times(
    [
      [0.4124564, 0.3575761, 0.1804375],
      [0.2126729, 0.7151522, 0.072175],
      [0.0193339, 0.119192, 0.9503041],
    ],
    rgb,
  );
  const f = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  const [fx, fy, fz] = [f(x / 0.95047), f(y), f(z / 1.08883)];
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

const SAMPLES = 65;

function labsOf(ramp: { length: number; rgba: Uint8ClampedArray }, seen: Matrix): Triple[] {
  return Array.from({ length: SAMPLES }, (_, i) => {
    const at = 4 * Math.round((i / (SAMPLES - 1)) * (ramp.length - 1));
    const [red = 0, green = 0, blue = 0] = [...ramp.rgba.subarray(at, at + 3)].map(toLinear);
    const [r, g, b] = times(seen, [red, green, blue]).map((part) => Math.min(Math.max(part, 0), 1));
    return toLab([r ?? 0, g ?? 0, b ?? 0]);
  });
}

/** The least of what a comparison gives for all pairs that lie at least a share of the range apart. */
function least(labs: readonly Triple[], apart: number, compare: (a: Triple, b: Triple) => number): number {
  let found = Infinity;
  for (const [i, a] of labs.entries())
    for (const b of labs.slice(i + Math.ceil(apart * (SAMPLES - 1)))) found = Math.min(found, compare(a, b));
  return found;
}

const RAMPS = [true, false].flatMap((isLight) => {
  const { step, quantity } = makeRamps(isLight);
  const theme = isLight ? 'light' : 'dark';
  return [['step', theme, step] as const, ['quantity', theme, quantity] as const];
});

describe.each(RAMPS)('the ramp for %ss in a %s theme', (_, theme, ramp) => {
  it('changes its lightness in one direction', () => {
    const seen = SIMULATIONS['all cones'];
    const lights = seen ? labsOf(ramp, seen).map(([light]) => light) : [];
    const sorted = [...lights].sort((a, b) => (theme === 'light' ? b - a : a - b));
    expect(lights).toEqual(sorted);
    expect(new Set(lights).size).toBe(SAMPLES);
  });

  it.each(Object.entries(SIMULATIONS))('tells values apart with %s', (_name, seen) => {
    const labs = labsOf(ramp, seen);
    const distance = (a: Triple, b: Triple): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
    expect(least(labs, 0.25, distance)).toBeGreaterThanOrEqual(15);
    expect(least(labs, 0.5, (a, b) => Math.abs(a[0] - b[0]))).toBeGreaterThanOrEqual(25);
  });
});
