import type { CellTrack, CellTrackDescription } from './cell-tracks';
import { FrameError, littleEndianBytes, type FrameReader } from './frame-bytes';
import type { StepEvent } from './step-events';

/** Largest side of a token grid that a frame may claim. */
export const MAX_GRID_SIDE = 4096;
const MAX_TRACKS = 64;
const MAX_TEXT_BYTES = 200;
const MAX_DIGITS = 9;
/** Bytes of an event: seven words. */
export const EVENT_BYTES = 28;

/** Marks a cell that no step has decided yet, in `Snapshot.tokens` and `Snapshot.stepOf`. */
export const UNDECIDED = -1;

/** Everything that is known of a run after `step` steps. All grids are in raster order, H*W long. */
export interface Snapshot {
  readonly runId: number;
  /** Number of steps (forward passes) done, the prompt's included; 0 = none yet. */
  readonly step: number;
  /** Lower bound for the steps of the whole run, as known after this step. Equals `step` when the run is complete. */
  readonly leastSteps: number;
  readonly height: number;
  readonly width: number;
  /** Raster indices decided in this step, in the order of rows. Their values are `tokens[position]`. */
  readonly decided: Uint32Array;
  /** Codebook index of each cell, or UNDECIDED. */
  readonly tokens: Int32Array;
  /** Step (1-based) that decided each cell, or UNDECIDED. */
  readonly stepOf: Int32Array;
  /** Wall time of each step so far in ms, `step` long. */
  readonly stepMs: Float32Array;
  /** Numbers for each cell: at most 64 tracks, each with its own name. */
  readonly tracks: readonly CellTrack[];
  /** In the order of steps. */
  readonly events: readonly StepEvent[];
}

/** The kinds of events by their number in a frame. A number never changes its meaning. */
export const EVENT_KINDS = [
  'judged',
  'drafted',
  'confirmed',
  'corrected',
] as const satisfies readonly StepEvent['kind'][];

/**
 * Encodes the payload of a snapshot. The header: height u32, width u32, leastSteps u32, decided count u32, track count u32,
 * event count u32. The arrays follow: decided u32[], tokens i32[H*W], stepOf i32[H*W], stepMs f32[step]. The tracks and the
 * events come last.
 *
 * A track begins with five texts: name, label, unit, word of the low end, word of the high end. Each text is a u32 length
 * and UTF-8. After them come low f32, high f32 (NaN for the highest value of the run), digits u32, values f32[H*W].
 *
 * An event: number of the kind u32, step u32, position u32, token i32, a further integer i32, two numbers f32. The further
 * integer is 1 for an accepted candidate, and the wrong draft for a correction. The two numbers are a candidate's
 * probabilities.
 */
export function encodeSnapshotPayload(snapshot: Snapshot): readonly Uint8Array[] {
  const { decided, tokens, stepOf, stepMs, tracks, events } = snapshot;
  const counts = [
    snapshot.height,
    snapshot.width,
    snapshot.leastSteps,
    decided.length,
    tracks.length,
    events.length,
  ];
  return [
    ...[Uint32Array.from(counts), decided, tokens, stepOf, stepMs].map(littleEndianBytes),
    ...tracks.flatMap(trackBytes),
    encodeEvents(events),
  ];
}

/** @throws FrameError */
export function readSnapshotPayload(reader: FrameReader, runId: number, step: number): Snapshot {
  const height = reader.side(MAX_GRID_SIDE, 'grid height');
  const width = reader.side(MAX_GRID_SIDE, 'grid width');
  const cells = height * width;
  const leastSteps = reader.uint32();
  if (leastSteps < step)
    throw new FrameError(`Frame says that a run of ${step} steps takes ${leastSteps} at least.`);
  const decidedCount = reader.uint32();
  if (decidedCount > cells)
    throw new FrameError(`Frame decides ${decidedCount} of ${cells} cells in one step.`);
  const trackCount = reader.uint32();
  if (trackCount > MAX_TRACKS)
    throw new FrameError(`Frame holds ${trackCount} tracks, more than ${MAX_TRACKS}.`);
  const eventCount = reader.uint32();
  // This check comes before any large allocation. The tracks' texts are counted when they are read.
  reader.expectAtLeast(
    4 * decidedCount + 8 * cells + 4 * step + 4 * cells * trackCount + EVENT_BYTES * eventCount,
  );
  const decided = new Uint32Array(reader.words(decidedCount));
  for (const position of decided) {
    if (position >= cells) throw new FrameError(`Frame decides cell ${position} of a grid of ${cells}.`);
  }
  const tokens = new Int32Array(reader.words(cells));
  const stepOf = new Int32Array(reader.words(cells));
  const stepMs = new Float32Array(reader.words(step));
  const tracks = readTracks(reader, trackCount, cells);
  reader.expectRemaining(EVENT_BYTES * eventCount);
  const events = readEvents(reader, eventCount, { step, cells });
  return { runId, step, leastSteps, height, width, decided, tokens, stepOf, stepMs, tracks, events };
}

function trackBytes(track: CellTrack): Uint8Array[] {
  const texts = [track.name, track.label, track.unit, track.lowWord, track.highWord];
  return [
    ...texts.flatMap(textBytes),
    littleEndianBytes(Float32Array.of(track.low, track.high ?? NaN)),
    littleEndianBytes(Uint32Array.of(track.digits)),
    littleEndianBytes(track.values),
  ];
}

function textBytes(text: string): Uint8Array[] {
  const bytes = new TextEncoder().encode(text);
  return [littleEndianBytes(Uint32Array.of(bytes.length)), bytes];
}

function readTracks(reader: FrameReader, count: number, cells: number): CellTrack[] {
  const tracks: CellTrack[] = [];
  for (let i = 0; i < count; i++) {
    const track = { ...readTrackDescription(reader), values: readFloats(reader, cells) };
    if (tracks.some(({ name }) => name === track.name))
      throw new FrameError(`Frame holds two tracks ${JSON.stringify(track.name)}.`);
    tracks.push(track);
  }
  return tracks;
}

function readTrackDescription(reader: FrameReader): CellTrackDescription {
  const text = (what: string): string => reader.text(MAX_TEXT_BYTES, what);
  const name = text('track name');
  const label = text('track label');
  const unit = text('track unit');
  const lowWord = text('track word');
  const highWord = text('track word');
  const low = reader.float32();
  const high = reader.float32();
  const digits = reader.uint32();
  if (!Number.isFinite(low) || Math.abs(high) === Infinity)
    throw new FrameError(`Frame's track ${JSON.stringify(name)} has an endless range.`);
  if (digits > MAX_DIGITS)
    throw new FrameError(`Frame's track ${JSON.stringify(name)} is shown in ${digits} decimals.`);
  return { name, label, unit, low, high: Number.isNaN(high) ? undefined : high, lowWord, highWord, digits };
}

function readFloats(reader: FrameReader, count: number): Float32Array {
  reader.expectAtLeast(4 * count);
  return new Float32Array(reader.words(count));
}

/** Events one after another, EVENT_BYTES each. */
export function encodeEvents(events: readonly StepEvent[]): Uint8Array {
  const bytes = new Uint8Array(EVENT_BYTES * events.length);
  for (const [i, event] of events.entries()) bytes.set(eventBytes(event), EVENT_BYTES * i);
  return bytes;
}

function eventBytes(event: StepEvent): Uint8Array {
  const view = new DataView(new ArrayBuffer(EVENT_BYTES));
  view.setUint32(0, EVENT_KINDS.indexOf(event.kind), true);
  view.setUint32(4, event.step, true);
  view.setUint32(8, event.position, true);
  view.setInt32(12, event.token, true);
  switch (event.kind) {
    case 'judged':
      view.setInt32(16, event.accepted ? 1 : 0, true);
      view.setFloat32(20, event.narrower, true);
      view.setFloat32(24, event.wider, true);
      break;
    case 'corrected':
      view.setInt32(16, event.draft, true);
      break;
    case 'drafted':
    case 'confirmed':
      break;
  }
  return new Uint8Array(view.buffer);
}

/** Reads `count` events, as {@link encodeEvents} writes them. @throws FrameError */
export function readEvents(
  reader: FrameReader,
  count: number,
  run: { readonly step: number; readonly cells: number },
): StepEvent[] {
  let earlier = 1;
  return Array.from({ length: count }, () => {
    const event = readEvent(reader);
    const { step, position } = event;
    if (step < earlier || step > run.step)
      throw new FrameError(
        `Frame holds an event of step ${step}, which does not lie between ${earlier} and ${run.step}.`,
      );
    if (position >= run.cells)
      throw new FrameError(`Frame holds an event of cell ${position} of a grid of ${run.cells}.`);
    earlier = step;
    return event;
  });
}

function readEvent(reader: FrameReader): StepEvent {
  const bytes = reader.bytes(EVENT_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, EVENT_BYTES);
  const number = view.getUint32(0, true);
  const kind = EVENT_KINDS[number];
  if (kind === undefined) throw new FrameError(`Frame holds an event of the unknown kind ${number}.`);
  const place = { step: view.getUint32(4, true), position: view.getUint32(8, true) };
  const token = view.getInt32(12, true);
  const further = view.getInt32(16, true);
  switch (kind) {
    case 'judged':
      if (further !== 0 && further !== 1)
        throw new FrameError(`Frame says ${further} of a candidate, neither 0 nor 1.`);
      return {
        kind,
        ...place,
        token,
        accepted: further === 1,
        narrower: view.getFloat32(20, true),
        wider: view.getFloat32(24, true),
      };
    case 'corrected':
      return { kind, ...place, token, draft: further };
    case 'drafted':
    case 'confirmed':
      return { kind, ...place, token };
  }
}
