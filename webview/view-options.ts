import { BY_STEP, type ColourMode } from './canvas/cell-colours';
import { TOKENS_OF_STEP, type TimelineTrack } from './timeline';
import type { PlaySpeed } from './player';

/** The user's preferences for looking at runs. */
export interface ViewOptions {
  readonly mode: ColourMode;
  /** Whether the token colours lie over the picture. */
  readonly overlay: boolean;
  /** Opacity of the token colours, 0..1. */
  readonly overlayOpacity: number;
  readonly speed: PlaySpeed;
  /** What the bars of the timeline show. */
  readonly timeline: TimelineTrack;
  /** Whether the grid shows what the cell under the cursor saw. */
  readonly sight: boolean;
  /** Whether the model computes the likeliest tokens of the cell under the cursor. */
  readonly alternatives: boolean;
}

export const DEFAULT_OPTIONS: ViewOptions = {
  mode: BY_STEP,
  overlay: false,
  overlayOpacity: 0.5,
  speed: 10,
  timeline: TOKENS_OF_STEP,
  sight: false,
  alternatives: false,
};
