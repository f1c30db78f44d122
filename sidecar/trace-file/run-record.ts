import type { BranchChanges, ProtocolError, RunDescription, RunTimings, Snapshot } from '../protocol';

/**
 * A run as a file keeps it: everything that the step-through shows, but no pictures, and what each step was fed. The sidecar
 * that made it may be gone, so the run has the id 0.
 */
export interface RunRecord {
  readonly origin: RunOrigin;
  /** Without folders of files, and without the machine: files are passed on. */
  readonly run: RunDescription;
  readonly snapshot: Snapshot;
  readonly timings: RunTimings;
  /** Why the run failed. */
  readonly error: ProtocolError | undefined;
  /** What the user should know, a sentence each. */
  readonly notices: readonly string[];
  /** Draws that rounding may decide otherwise in another run. Absent when they were not counted. */
  readonly ties?: number | undefined;
  /** The tokens that each step was fed, the first step's first. Empty when they were not recorded. */
  readonly fed: readonly (readonly FedToken[])[];
  /** Where the run found its files. Only a run that saves itself on its own machine tells it, so that it can go on. */
  readonly places?: RunPlaces | undefined;
  /** The run that this one branches off from, and what was changed. Absent for a run that is no branch. */
  readonly branch?: RunBranch | undefined;
}

/** What a branch says of its parent. */
export interface RunBranch extends BranchChanges {
  readonly parent: ParentRun;
}

/** Names the run that a branch comes from. */
export interface ParentRun {
  /** Name of its file without its folder. */
  readonly file: string;
  /** When the parent began, in ms since 1970, and its seed: they tell a run from others. */
  readonly madeAt: number;
  readonly seed: number;
}

/** The files of a run, as absolute paths. */
export interface RunPlaces {
  /** The model's folder, or its weight file. */
  readonly model: string;
  readonly imageDecoder?: string | undefined;
  readonly textEncoder?: string | undefined;
  /** The file of caption embeddings. */
  readonly caption?: string | undefined;
}

/** What must be the same for the same settings to give the same tokens. */
export interface RunOrigin {
  /** The program that made the run: "ZipAR Studio 0.1.0". */
  readonly program: string;
  /** When the run began, in ms since 1970 (UTC). */
  readonly madeAt: number;
  /** Version of the noise that tokens are drawn with. */
  readonly noise: number;
  /** Digest of the model's weights, or null when it is not known. */
  readonly weights: string | null;
}

/** A token that a step was fed. */
export interface FedToken {
  /** Place in the sequence after the prompt, from 0. */
  readonly position: number;
  /** Id in the model's vocabulary. */
  readonly token: number;
  /** The time from which the token is seen, and at which it looks; 0 when absent. */
  readonly time?: number;
  /** The first time at which the token is not seen any more; never when absent. */
  readonly until?: number;
}

/** Whether any of the tokens has a time. */
export function haveTimes(fed: RunRecord['fed']): boolean {
  return fed.flat().some(({ time, until }) => time !== undefined || until !== undefined);
}

/** Id of a run that only a file knows. */
export const RECORDED_RUN = 0;

/** A text without the folders of files: "cannot read boat.pt" for "cannot read /home/ada/boat.pt". */
export function withoutFolders(text: string): string {
  return text.replace(/(?:\b[A-Za-z]:)?(?<![\w.])(?:[\\/][^\s\\/:"'“”]+)*[\\/](?=[^\s\\/])/g, (folders) =>
    /[\\/][^\\/]+[\\/]/.test(folders) || /^[A-Za-z]:/.test(folders) ? '' : folders,
  );
}
