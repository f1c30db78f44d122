import { crc32 } from '../files/crc32';
import { joined } from './joined-bytes';
import { PNG_SIGNATURE, pngChunks } from './png-chunks';

/** A picture of an animation. */
export interface AnimationFrame {
  /** A whole PNG file. */
  readonly png: Uint8Array;
  /** How long it is shown, ms. */
  readonly ms: number;
}

/** Frames that are no PNG files, or do not go together. */
class AnimationError extends Error {
  override readonly name = 'AnimationError';
}

/**
 * An animated PNG (https://www.w3.org/TR/png-3/#apng-frame-based-animation) that repeats for ever. Programs that know no
 * animation show the last frame.
 * @param frames at least one; all of one size and one kind of pixels
 * @throws AnimationError
 */
export function animatedPng(frames: readonly AnimationFrame[]): Uint8Array<ArrayBuffer> {
  const pictures = frames.map(({ png }) => [...pngChunks(png)]);
  const header = pictures[0]?.find(({ type }) => type === 'IHDR')?.data;
  if (!header) throw new AnimationError('The animation has no frame that is a PNG file.');
  const size = header.slice(0, 8);
  let sequence = 0;
  const control = ({ ms }: AnimationFrame): Uint8Array =>
    // Sequence number, width, height, offsets; delay as a fraction; the frame replaces what was there.
    chunk(
      'fcTL',
      joined([u32(sequence++), size, u32(0), u32(0), u16(Math.round(ms)), u16(1000), Uint8Array.of(0, 0)]),
    );
  const data = (index: number): Uint8Array[] => {
    const chunks = pictures[index] ?? [];
    const isSame =
      chunks.find(({ type }) => type === 'IHDR')?.data.every((byte, i) => byte === header[i]) === true;
    if (!isSame)
      throw new AnimationError(
        `Frame ${index + 1} of the animation has another size or kind than the first.`,
      );
    return chunks.filter(({ type }) => type === 'IDAT').map((each) => each.data);
  };
  const last = frames.length - 1;
  return joined([
    PNG_SIGNATURE,
    chunk('IHDR', header),
    chunk('acTL', joined([u32(frames.length), u32(0)])),
    ...data(last).map((bytes) => chunk('IDAT', bytes)),
    ...frames.flatMap((frame, i) => [
      control(frame),
      ...data(i).map((bytes) => chunk('fdAT', joined([u32(sequence++), bytes]))),
    ]),
    chunk('IEND', new Uint8Array()),
  ]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const named = joined([Uint8Array.from(type, (letter) => letter.charCodeAt(0)), data]);
  return joined([u32(data.length), named, u32(crc32(named))]);
}

function u32(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value);
  return new Uint8Array(view.buffer);
}

function u16(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(2));
  view.setUint16(0, Math.min(value, 0xffff));
  return new Uint8Array(view.buffer);
}
