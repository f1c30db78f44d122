import type { CellAlternatives } from './messages';
import type { PageSign } from './page-sign';

/**
 * What the extension host and the webview say to each other by `postMessage`.
 *
 * The webview opens the sidecar's socket itself. In a remote window it cannot: the webview runs on the user's machine, the
 * sidecar on the server. The webview then asks for the relay. The host opens a socket of its own and passes every text
 * message and binary frame on unchanged, in both directions. The messages are the same; only the transport is another.
 */

/** Where the sidecar listens. Only the program's own webview gets this. */
export interface SidecarEndpoint {
  /** `ws://127.0.0.1:PORT`, exactly what the page's `connect-src` allows. */
  readonly url: string;
  readonly token: string;
}

/** A file that only a page can make, because it draws on canvases. */
export type RenderForm =
  /** The picture and the grid as they are on the page, as PNG. */
  | { readonly kind: 'view' }
  | ({ readonly kind: 'animation' } & AnimationForm)
  /** No file: the page puts the run's last picture into the clipboard. The page must have the focus. */
  | { readonly kind: 'clipboard' };

/** An animation of all steps. `png`: an animated PNG. `grid`: whether the token grid stands beside the picture. */
export interface AnimationForm {
  readonly file: 'png' | 'webm';
  readonly grid: boolean;
}

export type HostToWebview =
  /**
   * Answers `ready`. Also sent whenever the sidecar was restarted, or another run is to be shown. `runId` 0 = the newest
   * run, if there is one.
   */
  | {
      readonly type: 'show-run';
      readonly endpoint: SidecarEndpoint;
      readonly runId: number;
      readonly forceRelay: boolean;
    }
  /**
   * Shows the run of a file. Answers `ready` in an editor of the file, and in a step-through whose sidecar does not know the
   * run any more.
   */
  | {
      readonly type: 'show-file';
      /** URI of the file. */
      readonly file: string;
      /** The whole PNG or `.zipar` file. */
      readonly bytes: Uint8Array;
      readonly canDraw: boolean;
    }
  /** Shows a step of the file's run. */
  | { readonly type: 'show-step'; readonly step: number }
  /** Whether the host can draw the steps of the file's run: a sidecar runs. */
  | { readonly type: 'can-draw'; readonly canDraw: boolean }
  /** Answers `draw-step`. 8-bit RGB rows from the top. */
  | {
      readonly type: 'drawn-step';
      readonly step: number;
      readonly width: number;
      readonly height: number;
      readonly rgb: Uint8Array;
    }
  | { readonly type: 'step-not-drawn'; readonly step: number; readonly reason: string }
  /** Answers `inspect-cell`. */
  | { readonly type: 'inspected-cell'; readonly alternatives: CellAlternatives }
  | { readonly type: 'cell-not-inspected'; readonly reason: string }
  /** A run on the page is kept in a file. With a notice, it lies where the user would not look for it. */
  | {
      readonly type: 'run-kept';
      readonly runId: number;
      readonly file: string;
      readonly notice: string | null;
    }
  /** What is done before the next run begins, such as loading its model; null when it has begun, or when nothing is done. */
  | { readonly type: 'preparing'; readonly text: string | null }
  /** Asks for a file of the first run on the page. Answered with `rendered` or `not-rendered`. */
  | { readonly type: 'render'; readonly id: number; readonly form: RenderForm }
  /** The sidecar has ended or is not there yet. The page keeps what it shows. */
  | { readonly type: 'sidecar-gone'; readonly reason: string }
  | { readonly type: 'relay-opened' }
  | { readonly type: 'relay-text'; readonly text: string }
  | { readonly type: 'relay-binary'; readonly bytes: Uint8Array }
  | { readonly type: 'relay-closed'; readonly reason: string };

export type WebviewToHost =
  | PageSign
  | { readonly type: 'relay-open' }
  | { readonly type: 'relay-text'; readonly text: string }
  | { readonly type: 'relay-close' }
  /** The user has looked at a step before the newest one. */
  | { readonly type: 'stepped' }
  /** Asks for the picture of the file's run at a step. */
  | { readonly type: 'draw-step'; readonly step: number }
  /** Asks the model to compute a cell of the file's run again. `position`: raster position. */
  | { readonly type: 'inspect-cell'; readonly position: number }
  /** `note`: what the user should know of the file, in the user's language; null where nothing is to be said. */
  | {
      readonly type: 'rendered';
      readonly id: number;
      readonly bytes: Uint8Array;
      readonly note: string | null;
    }
  | { readonly type: 'not-rendered'; readonly id: number; readonly reason: string }
  /** A button was pressed whose work the host does. */
  | {
      readonly type: 'command';
      readonly command: WebviewCommand;
      readonly runId: number;
      /** Where the user looks: the step, and the raster position of the chosen cell. */
      readonly place?: { readonly step: number; readonly cell?: number | undefined } | undefined;
    };

export type WebviewCommand =
  | 'generate'
  | 'again'
  | 'compare'
  | 'branch'
  | 'export'
  | 'cancel'
  | 'draw-steps'
  | 'pause'
  | 'continue'
  | 'step'
  | 'run-to';
