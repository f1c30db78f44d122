import type { ModelWishes } from '../model/model-folder';
import type { ProtocolError } from '../protocol';
import type { DecodedImage } from './engine-messages';
import type { ExecutionOptions } from '../runtime/runtime';

/** A message to the thread that draws pictures. */
export type PictureRequest =
  /** Opens the image decoder, so that the first picture need not wait for the opening. */
  | {
      readonly type: 'open-image';
      readonly folder: string;
      readonly wishes: ModelWishes;
      readonly execution: ExecutionOptions;
    }
  /** `tokens` [H*W], all decided or filled. */
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
