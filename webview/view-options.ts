import { BY_STEP, type ColourMode } from './canvas/cell-colours';
import type { PlaySpeed } from './player';

/** The user's preferences for looking at runs. */
export interface ViewOptions {
  readonly mode: ColourMode;
  /** Whether the token colours lie over the picture. */
  readonly overlay: boolean;
  /** Opacity of the token colours, 0..1. */
  readonly overlayOpacity: number;
  readonly speed: PlaySpeed;
}

export const DEFAULT_OPTIONS: ViewOptions = { mode: BY_STEP, overlay: false, overlayOpacity: 0.5, speed: 10 };
