/**
 * What `zipar add` tells the extension that started it: the JSON on the last line of its output, and IPC messages
 * while it runs.
 */

/** `zipar add REPOSITORY --list --json`: what there is to download. */
export interface RepositoryListing {
  /** `owner/name`. */
  readonly repository: string;
  readonly commit: string;
  /** Address of its page. */
  readonly page: string;
  /** As its owner states it, such as `mit`; null when there is none. */
  readonly licence: string | null;
  readonly isGated: boolean;
  /** Where the files would go, absolute. */
  readonly folder: string;
  /** Bytes free there. */
  readonly freeBytes: number;
  readonly files: readonly ListedFile[];
}

export interface ListedFile {
  /** In the repository, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Whether a model needs it to run. */
  readonly suggested: boolean;
  /** Bytes that an earlier download left. */
  readonly present: number;
}

/** `zipar add … --json`: what is there now. */
export interface AddedModels {
  readonly folder: string;
  readonly models: readonly AddedModel[];
  /** Why there is no model, or no more of them, a sentence each. */
  readonly problems: readonly string[];
}

export interface AddedModel {
  readonly name: string;
  /** What the model is found by: its folder, or a weight file in it. */
  readonly path: string;
  readonly condition: 'class' | 'caption-embedding' | 'text' | 'words' | 'none';
  /** 0 unless the condition is a class. */
  readonly classes: number;
  /** Rows, columns. */
  readonly grid: readonly [number, number];
  /** Pixels [height, width]; null when there is no image decoder. */
  readonly imageSize: readonly [number, number] | null;
  /** Why it draws no picture, a sentence that says what to do; null when it does. */
  readonly noPicture: string | null;
}

export type AddModelMessage =
  | {
      readonly type: 'download';
      /** Bytes of all files. */
      readonly received: number;
      readonly total: number;
      readonly bytesPerSecond: number;
      /** The one that is downloaded now. */
      readonly file: string;
    }
  /** The hub has had too many requests and wants a pause; what was asked for goes on after it. */
  | { readonly type: 'waiting'; readonly host: string; readonly seconds: number }
  /** It ends because it may not read the repository: an access token is missing, or not right. */
  | { readonly type: 'token-needed' };
