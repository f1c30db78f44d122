import { sentence, type Said } from '../protocol/sentence';

/** The wrong content of a file, and what the user can do about it. */
export interface WrongContent {
  /** A clause without a full stop, such as "this is a web page". */
  readonly problem: Said;
  /** One sentence. */
  readonly remedy: Said;
}

/** Number of bytes at a file's start that {@link findWrongContent} looks at. */
export const CONTENT_PROBE_BYTES = 64;

/**
 * Recognises the two texts that a failed download leaves in place of a file: a Git LFS pointer
 * (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md) and a web page.
 * @param start the file's first bytes; at most {@link CONTENT_PROBE_BYTES} bytes are read
 */
export function findWrongContent(start: Uint8Array): WrongContent | undefined {
  const text = Buffer.from(start.subarray(0, CONTENT_PROBE_BYTES)).toString('latin1');
  if (text.startsWith('version https://git-lfs')) {
    return {
      problem: sentence`this is a Git LFS pointer, not the file itself`,
      remedy: sentence`Run "git lfs pull", or download the file itself.`,
    };
  }
  if (/^(?:\u00ef\u00bb\u00bf)?\s*</.test(text)) {
    return {
      problem: sentence`this is a web page, not the file itself`,
      remedy: sentence`Download the file itself; you may have to sign in first.`,
    };
  }
  return undefined;
}
