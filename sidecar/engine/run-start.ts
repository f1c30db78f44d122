import path from 'node:path';
import { configureDecoder } from '../decoding/decoder-table';
import { UNDECIDED, type GridShape } from '../decoding/token-grid';
import { transformerOf, weightBytes, type ModelFolder } from '../model/model-folder';
import type { RunSettings, RunStart, StartRequest } from '../protocol';
import { cpuThreads } from './cpu-threads';
import { RequestError } from './request-error';
import type { RunPast } from './run-past';
import { readStartPicture } from './start-picture';
import { sentence, type Said } from '../protocol/sentence';

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
  /** Undefined where the tokens are given. */
  readonly startPicture: StartPicture | undefined;
  /** The kept rows. Where there is a picture, their tokens are not known yet, and `withStartTokens` sets them. */
  readonly past: RunPast;
  readonly notices: readonly Said[];
}

/**
 * Reads the picture that a run starts from. Nothing is computed yet.
 * @throws RequestError when rows, picture, tokens or decoder do not fit; ModelError when the model has no image encoder;
 * WeightsError
 */
export async function readStart(
  { file, tokens, keepRows }: StartRequest,
  { settings, grid, model }: Readonly<{ settings: RunSettings; grid: GridShape; model: ModelFolder }>,
): Promise<PlannedStart> {
  if (keepRows < 1 || keepRows > grid.height)
    throw new RequestError(
      sentence`${keepRows} rows cannot be kept of a grid of ${grid.height} rows; keep 1 to ${grid.height}.`,
    );
  const { decoder, decoderSettings } = settings;
  if (!configureDecoder({ decoder, settings: decoderSettings }).resumesAfter)
    throw new RequestError(
      sentence`The decoder ${decoder} cannot go on below rows that are given, because its next step depends on drafts; choose raster, zipar or zipar-adaptive.`,
    );
  const start = { file: path.basename(file), keptRows: keepRows };
  if (tokens) {
    requireTokens(file, tokens, grid, transformerOf(model).codes);
    const past = keptPast(Int32Array.from(tokens), keepRows, grid);
    return { start, startPicture: undefined, past, notices: [] };
  }
  const { planes, notices } = await readStartPicture(file, model);
  return {
    start,
    startPicture: { planes, threads: cpuThreads(await weightBytes(model)) },
    past: keptPast(new Int32Array(grid.height * grid.width), keepRows, grid),
    notices,
  };
}

/** @throws RequestError when the tokens do not fill the grid, or one lies outside the codebook */
function requireTokens(
  file: string,
  tokens: readonly number[],
  { height, width }: GridShape,
  codes: number,
): void {
  if (tokens.length !== height * width)
    throw new RequestError(
      sentence`${file} holds ${tokens.length} tokens where a grid of ${height}x${width} takes ${height * width}; name the grid that they were encoded with.`,
    );
  const wrong = tokens.findIndex((token) => token < 0 || token >= codes);
  if (wrong >= 0)
    throw new RequestError(
      sentence`${file}: token ${wrong} is ${tokens[wrong] ?? NaN}, outside the model's 0..${codes - 1}; name tokens of this model.`,
    );
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
