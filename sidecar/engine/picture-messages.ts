import type { ModelWishes } from '../model/model-folder';
import type { ProtocolError } from '../protocol';
import type { DecodedImage } from './engine-messages';
import type { ExecutionOptions } from '../runtime/runtime';

/** A message to the thread that draws pictures. */
export type PictureRequest =
  /** Opens the image decoder before the first picture is drawn. */
  | {
      readonly type: 'open-image';
      readonly folder: string;
      readonly wishes: ModelWishes;
      readonly execution: ExecutionOptions;
    }
  /** Asks for the colour of each code, for cheap previews. */
  | {
      readonly type: 'colours';
      readonly imageId: number;
      readonly folder: string;
      readonly wishes: ModelWishes;
      readonly execution: ExecutionOptions;
    }
  /** Turns a picture into tokens. `planes` [3, height, width], -1..1. */
  | {
      readonly type: 'encode';
      readonly imageId: number;
      readonly folder: string;
      readonly wishes: ModelWishes;
      readonly execution: ExecutionOptions;
      readonly planes: Float32Array<ArrayBuffer>;
    }
  /** Draws a picture. `tokens` [H*W] are the tokens of all cells; undecided cells are filled. */
  | {
      readonly type: 'image';
      readonly imageId: number;
      readonly folder: string;
      readonly wishes: ModelWishes;
      readonly execution: ExecutionOptions;
      readonly tokens: Int32Array;
    };

/** A message from the thread that draws pictures. */
export type PictureReport =
  /** `colours` [codes, 3], 0..255. */
  | {
      readonly type: 'colours';
      readonly imageId: number;
      readonly colours: Uint8Array<ArrayBuffer>;
      readonly ms: number;
    }
  | { readonly type: 'tokens'; readonly imageId: number; readonly tokens: Int32Array }
  | { readonly type: 'image'; readonly imageId: number; readonly image: DecodedImage; readonly ms: number }
  | { readonly type: 'image-failed'; readonly imageId: number; readonly error: ProtocolError };
