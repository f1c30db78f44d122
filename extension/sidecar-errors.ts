/**
 * The failures of the sidecar, one class for each. The messages here are for the log. `error-message.ts` holds the translated
 * messages for the user.
 */

import { inEnglish, type Said } from '../sidecar/protocol';

/** The base class of these errors. The log shows no stack for them. */
export abstract class SidecarError extends Error {
  constructor(
    message: string,
    /** The last lines that the sidecar wrote to stderr, oldest first. */
    readonly stderr: readonly string[] = [],
  ) {
    super(message);
  }
}

/** No Node.js was found that can run the sidecar. `path` is the setting's value if the setting was wrong. */
export class NoNodeError extends SidecarError {
  override readonly name = 'NoNodeError';

  constructor(
    readonly path: string | undefined,
    readonly reason: Said,
  ) {
    super(
      path === undefined
        ? `No usable Node.js: ${inEnglish(reason)}`
        : `"${path}" is no usable Node.js: ${inEnglish(reason)}`,
    );
  }
}

/** The process could not be created, for instance because memory or rights are missing. */
export class SidecarSpawnError extends SidecarError {
  override readonly name = 'SidecarSpawnError';

  constructor(readonly reason: Said) {
    super(`Sidecar could not be started: ${inEnglish(reason)}`);
  }
}

/** The process runs but did not report the port it listens on. */
export class SidecarStartTimeoutError extends SidecarError {
  override readonly name = 'SidecarStartTimeoutError';

  constructor(
    readonly afterMs: number,
    stderr: readonly string[],
  ) {
    super(`Sidecar did not listen within ${afterMs} ms`, stderr);
  }
}

/** The process ended before it listened. */
export class SidecarExitedAtStartError extends SidecarError {
  override readonly name = 'SidecarExitedAtStartError';

  constructor(
    readonly exit: Said,
    stderr: readonly string[],
  ) {
    super(`Sidecar ended at start (${inEnglish(exit)})`, stderr);
  }
}

/** The process ended, without being asked to, after it had listened. */
export class SidecarDiedError extends SidecarError {
  override readonly name = 'SidecarDiedError';

  constructor(
    readonly exit: Said,
    stderr: readonly string[],
  ) {
    super(`Sidecar ended unexpectedly (${inEnglish(exit)})`, stderr);
  }
}

/** The sidecar crashed so often in a short time that an automatic restart would not help. */
export class SidecarCrashLoopError extends SidecarError {
  override readonly name = 'SidecarCrashLoopError';

  constructor(readonly lastError: Error) {
    super(`Sidecar crashed repeatedly, last: ${lastError.message}`);
  }
}

/** The socket could not be opened, or closed during a request. */
export class ConnectionLostError extends SidecarError {
  override readonly name = 'ConnectionLostError';

  constructor(readonly reason: Said) {
    super(`Connection to the sidecar lost: ${inEnglish(reason)}`);
  }
}

/** The sidecar and the extension use different versions of the protocol, because an update is incomplete. */
export class ProtocolMismatchError extends SidecarError {
  override readonly name = 'ProtocolMismatchError';

  constructor(
    readonly theirs: number,
    readonly ours: number,
  ) {
    super(`Sidecar speaks protocol ${theirs}, this extension ${ours}`);
  }
}

/** The sidecar did not answer a request in time. */
export class RequestTimeoutError extends SidecarError {
  override readonly name = 'RequestTimeoutError';

  constructor(
    readonly request: string,
    readonly afterMs: number,
  ) {
    super(`No answer to "${request}" within ${afterMs} ms`);
  }
}

/** The user stopped or restarted the sidecar during a generation. */
export class SidecarStoppedError extends SidecarError {
  override readonly name = 'SidecarStoppedError';

  constructor() {
    super('Sidecar was stopped while it was generating');
  }
}
