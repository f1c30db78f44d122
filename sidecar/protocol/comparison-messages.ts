import type { PageSign } from './page-sign';

/** A run's side in a comparison: 0 is the first file that the host sent, and 1 is the second. */
export type Side = 0 | 1;

/** The file of a run in a comparison. */
export interface ComparedFile {
  /** URI of the file. */
  readonly file: string;
  /** Name of the file for people. */
  readonly name: string;
  /** The whole PNG or `.zipar` file. */
  readonly bytes: Uint8Array;
}

/** Messages of VS Code's extension host to the page of a comparison. The page needs no sidecar. */
export type HostToComparison =
  /** Answers `ready`. */
  | {
      readonly type: 'show-comparison';
      readonly files: readonly [ComparedFile, ComparedFile];
      readonly canDraw: boolean;
    }
  /** Whether the host can draw steps: a sidecar runs. */
  | { readonly type: 'can-draw'; readonly canDraw: boolean }
  /** Answers `draw-step`. 8-bit RGB rows from the top. */
  | {
      readonly type: 'drawn-step';
      readonly side: Side;
      readonly step: number;
      readonly width: number;
      readonly height: number;
      readonly rgb: Uint8Array;
    }
  | {
      readonly type: 'step-not-drawn';
      readonly side: Side;
      readonly step: number;
      readonly reason: string;
    }
  /** Answers `score`: how likely each run is in raster order, as `Likelihoods` says. */
  | {
      readonly type: 'likelihoods';
      readonly nll: readonly [readonly number[], readonly number[]];
    }
  /** Answers `score`, too. The reason is a sentence. */
  | { readonly type: 'no-likelihoods'; readonly reason: string };

export type ComparisonToHost =
  | PageSign
  /** Asks for the picture of a run at a step. */
  | { readonly type: 'draw-step'; readonly side: Side; readonly step: number }
  /** Asks how likely both runs are. Unless the user asked, only a small model that is ready computes it. */
  | { readonly type: 'score'; readonly isAsked: boolean }
  /** A button was pressed whose work the host does. The side is that of the file that the page shows as A. */
  | { readonly type: 'command'; readonly command: ComparisonCommand; readonly side: Side };

/** `draw-steps` starts the sidecar. `compare-with` chooses another run to compare with the first. */
export const COMPARISON_COMMANDS = ['draw-steps', 'compare-with'] as const;
export type ComparisonCommand = (typeof COMPARISON_COMMANDS)[number];
