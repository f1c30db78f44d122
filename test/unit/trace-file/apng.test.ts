import { describe, expect, it } from 'vitest';
import { encodePng } from '../../../sidecar/image/png';
import { animatedPng } from '../../../sidecar/trace-file/apng';
import { pngChunks } from '../../../sidecar/trace-file/png-chunks';
import { decodeRgbPng } from '../image/png-decoder';

function frame(red: number, side = 2): Uint8Array {
  return encodePng(new Uint8Array(3 * side * side).fill(red), side, side);
}

const file = animatedPng([
  { png: frame(10), ms: 40 },
  { png: frame(20), ms: 2000 },
]);
const chunks = [...pngChunks(file)];

function word(data: Uint8Array, at: number): number {
  return new DataView(data.buffer, data.byteOffset).getUint32(at);
}

describe('an animated PNG', () => {
  it('has a control for each frame, numbered with its data in one sequence', () => {
    expect(chunks.map(({ type }) => type)).toEqual([
      ...['IHDR', 'acTL', 'IDAT', 'fcTL', 'fdAT', 'fcTL', 'fdAT', 'IEND'],
    ]);
    const numbered = chunks.filter(({ type }) => type === 'fcTL' || type === 'fdAT');
    expect(numbered.map(({ data }) => word(data, 0))).toEqual([0, 1, 2, 3]);
    expect(word(chunks[1]?.data ?? new Uint8Array(8), 0)).toBe(2);
  });

  it('says how long each frame is shown', () => {
    const delays = chunks
      .filter(({ type }) => type === 'fcTL')
      .map(({ data }) => new DataView(data.buffer, data.byteOffset).getUint32(20));
    expect(delays).toEqual([(40 << 16) | 1000, (2000 << 16) | 1000]);
  });

  it('holds the pixels of its frames, and shows the last one to programs that know no animation', () => {
    expect(decodeRgbPng(file).rgb[0]).toBe(20);
    const [first, second] = chunks.filter(({ type }) => type === 'fdAT').map(({ data }) => data.subarray(4));
    const idat = (png: Uint8Array): Uint8Array | undefined =>
      [...pngChunks(png)].find(({ type }) => type === 'IDAT')?.data;
    expect([first, second].map((bytes) => [...(bytes ?? [])])).toEqual([
      [...(idat(frame(10)) ?? [])],
      [...(idat(frame(20)) ?? [])],
    ]);
  });

  it('refuses frames that do not go together', () => {
    const other = { png: frame(10, 3), ms: 40 };
    expect(() => animatedPng([{ png: frame(10), ms: 40 }, other])).toThrow('another size or kind');
    expect(() => animatedPng([])).toThrow('no frame');
  });
});
