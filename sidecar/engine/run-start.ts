import path from 'node:path';
import { configureDecoder } from '../decoding/decoder-table';
import { UNDECIDED, type GridShape } from '../decoding/token-grid';
import { weightBytes, type ModelFolder } from '../model/model-folder';
import type { RunSettings, StartRequest } from '../protocol';
import type { RunStart } from '../trace-file/run-record';
import { cpuThreads } from './cpu-threads';
import { RequestError } from './request-error';
import type { RunPast } from './run-past';
import { readStartPicture } from './start-picture';

/** The picture that a run starts from, before it is turned into tokens. */
export interface StartPicture {
  /** [3, height, width], -1..1, in the size of the model's grid. */
  readonly planes: Float32Array<ArrayBuffer>;
  /** Threads for the image encoder, which runs on the CPU. */
  readonly threads: number;
}

/** What a run takes over from a picture. */
export interface PlannedStart {
  readonly start: RunStart;
  readonly startPicture: StartPicture;
  /** The kept rows. Their tokens are not known yet; `withStartTokens` sets them. */
  readonly past: RunPast;
  readonly notices: readonly string[];
}

/**
 * Reads the picture that a run starts from. Nothing is computed yet.
 * @throws RequestError when the rows lie outside the grid, the picture cannot be used, or the decoder cannot go on after it;
 * ModelError when the model has no image encoder; WeightsError
 */
export async function readStart(
  { file, keepRows }: StartRequest,
  { settings, grid, model }: Readonly<{ settings: RunSettings; grid: GridShape; model: ModelFolder }>,
): Promise<PlannedStart> {
  if (keepRows < 1 || keepRows > grid.height)
    throw new RequestError(
      `${keepRows} rows cannot be kept of a grid of ${grid.height} rows; keep 1 to ${grid.height}.`,
    );
  const { decoder, decoderSettings } = settings;
  if (!configureDecoder({ decoder, settings: decoderSettings }).resumesAfter)
    throw new RequestError(
      `The decoder ${decoder} cannot go on below rows that are given, because its next step depends on drafts; choose raster, zipar or zipar-adaptive.`,
    );
  const { planes, notices } = await readStartPicture(file, model);
  return {
    start: { file: path.basename(file), keptRows: keepRows },
    startPicture: { planes, threads: cpuThreads(await weightBytes(model)) },
    past: keptPast(new Int32Array(grid.height * grid.width), keepRows, grid),
    notices,
  };
}

/** The upper rows of a picture, as raster order would have decided them. The model drew none of their tokens. @param tokens [H*W] */
export function keptPast(tokens: Int32Array, keptRows: number, { width }: GridShape): RunPast {
  const cells = keptRows * width;
  return {
    steps: cells,
    tokens: tokens.map((token, cell) => (cell < cells ? token : UNDECIDED)),
    stepOf: tokens.map((_, cell) => (cell < cells ? cell + 1 : UNDECIDED)),
    isForeign: true,
    ...{ tracks: [], stepMs: new Float32Array(cells), events: [], ties: 0, fed: [] },
    ...{ decodeMs: 0, startedAt: Date.now() },
  };
}

/** The start of a branch: it keeps the rows of its parent's picture that it does not draw again. @param cells that it keeps */
export function startOfBranch(
  start: RunStart | undefined,
  cells: number,
  width: number,
): RunStart | undefined {
  if (!start || cells === 0) return undefined;
  return { ...start, keptRows: Math.min(start.keptRows, Math.ceil(cells / width)) };
}
