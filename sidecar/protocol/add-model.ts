/**
 * What is offered to download, and what `zipar add` tells the extension that started it. The result is JSON on the last line of
 * its output. Progress comes as IPC messages.
 */

/** A repository on Hugging Face whose models are known to run. */
export interface PublishedRepository {
  /** `owner/name`. */
  readonly id: string;
  /** Name of the model family, as its authors write it. */
  readonly family: string;
  /** What the repository holds: a few words in English. */
  readonly holds: string;
}

/** Output of `zipar add REPOSITORY --list --json`: the files that can be downloaded. */
export interface RepositoryListing {
  /** `owner/name`. */
  readonly repository: string;
  readonly commit: string;
  /** Address of its page. */
  readonly page: string;
  /** The licence that the owner states, such as `mit`; null when the owner states none. */
  readonly licence: string | null;
  readonly isGated: boolean;
  /** Absolute path of the folder for the files. */
  readonly folder: string;
  /** Free bytes on the disk of that folder. */
  readonly freeBytes: number;
  readonly files: readonly ListedFile[];
}

export interface ListedFile {
  /** Path in the repository, with `/`. */
  readonly path: string;
  /** Size in bytes. */
  readonly size: number;
  /** Whether a model needs it to run. */
  readonly suggested: boolean;
  /** Bytes that an earlier download left on the disk. */
  readonly present: number;
}

/** Output of `zipar add … --json`: the models that are there now. */
export interface AddedModels {
  readonly folder: string;
  readonly models: readonly AddedModel[];
  /** Why there is no model, or why there are not more. Each is one sentence. */
  readonly problems: readonly string[];
}

export interface AddedModel {
  readonly name: string;
  /** Path that finds the model: its folder, or a weight file in it. */
  readonly path: string;
  readonly condition: 'class' | 'caption-embedding' | 'text' | 'prompt' | 'words' | 'none';
  /** 0 unless the condition is a class. */
  readonly classes: number;
  /** Rows, columns. */
  readonly grid: readonly [number, number];
  /** Pixels [height, width]; null when there is no image decoder. */
  readonly imageSize: readonly [number, number] | null;
  /** Why the model draws no picture, and what to do, in one sentence; null when it draws pictures. */
  readonly noPicture: string | null;
}

export type AddModelMessage =
  | {
      readonly type: 'download';
      /** Bytes of all files together. */
      readonly received: number;
      readonly total: number;
      readonly bytesPerSecond: number;
      /** The file that is downloaded now. */
      readonly file: string;
    }
  /** The hub had too many requests and asks for a pause. The download goes on after the pause. */
  | { readonly type: 'waiting'; readonly host: string; readonly seconds: number }
  /** The command ends because it may not read the repository: an access token is missing or wrong. */
  | { readonly type: 'token-needed' };
