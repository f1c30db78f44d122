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
  | { readonly type: 'image'; readonly imageId: number; readonly image: DecodedImage; readonly ms: number }
  | { readonly type: 'image-failed'; readonly imageId: number; readonly error: ProtocolError };
