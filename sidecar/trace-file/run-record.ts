import type { BranchChanges, ProtocolError, RunDescription, RunTimings, Snapshot } from '../protocol';

/**
 * The record of a run: the content of its file. It has everything that the step-through shows, except pictures, and also the
 * tokens that each step was fed. No sidecar knows the run any more, so its id is 0.
 */
export interface RunRecord {
  readonly origin: RunOrigin;
  /** The run without folders and without a description of the machine, because files are passed on. */
  readonly run: RunDescription;
  readonly snapshot: Snapshot;
  readonly timings: RunTimings;
  /** The error of a run that failed. */
  readonly error: ProtocolError | undefined;
  /** Sentences for the user. */
  readonly notices: readonly string[];
  /** The number of ties: in another run, rounding may choose another token there. Absent when ties were not counted. */
  readonly ties?: number | undefined;
  /** The tokens that each step was fed; the first entry is that of step 1. Empty when they were not recorded. */
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

/** The origin of a run. The same settings give the same tokens only if noise and weights are the same. */
export interface RunOrigin {
  /** The program that made the run: "ZipAR Studio 0.1.0". */
  readonly program: string;
  /** When the run began, in ms since 1970 (UTC). */
  readonly madeAt: number;
  /** The version of the noise (`NOISE_VERSION`). */
  readonly noise: number;
  /** A digest of the model's weights; null when it is not known. */
  readonly weights: string | null;
}

/** A token that a step was fed. */
export interface FedToken {
  /** Its place in the sequence after the prompt, from 0. */
  readonly position: number;
  /** Its number in the vocabulary of the transformer. */
  readonly token: number;
  /** The time of the token: the first time at which it is seen, and the time at which it sees others. 0 when absent. */
  readonly time?: number;
  /** The first time at which the token is no longer seen. When absent, it is always seen after its `time`. */
  readonly until?: number;
}

/** Whether at least one of the tokens has a time. */
export function haveTimes(fed: RunRecord['fed']): boolean {
  return fed.flat().some(({ time, until }) => time !== undefined || until !== undefined);
}

/** The id of each run that was read from a file. */
export const RECORDED_RUN = 0;

/** A text without the folders of files. "cannot read /home/ada/boat.pt" becomes "cannot read boat.pt". */
export function withoutFolders(text: string): string {
  return text.replace(/(?:\b[A-Za-z]:)?(?<![\w.])(?:[\\/][^\s\\/:"'“”]+)*[\\/](?=[^\s\\/])/g, (folders) =>
    /[\\/][^\\/]+[\\/]/.test(folders) || /^[A-Za-z]:/.test(folders) ? '' : folders,
  );
}
