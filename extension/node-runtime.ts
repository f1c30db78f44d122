import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { homeFolder } from './home-folder';
import { expandPath, UnresolvedPathError } from './path-variables';
import { NoNodeError } from './sidecar-errors';
import { sentence, type Sentence } from '../sidecar/protocol';

const OLDEST_MAJOR = 20;
const PROBE_TIMEOUT_MS = 5000;

/** The Node.js that runs the sidecar. */
export interface NodeRuntime {
  readonly execPath: string;
  readonly version: string;
  readonly source: 'setting' | 'path' | 'vscode';
  /** Environment variables that this runtime needs in addition to the usual ones. */
  readonly env: Readonly<Record<string, string>>;
}

interface Surroundings {
  /** The value of `ziparStudio.sidecar.nodePath`; empty if not set. */
  readonly setting: string;
  /** The user's home folder; undefined if the user has none. */
  readonly home: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly searchPath: string;
  /** The executable of the extension host itself: Electron on the desktop, plain Node in a VS Code server. */
  readonly hostExecPath: string;
  readonly hostVersion: string;
  readonly hostIsElectron: boolean;
}

/**
 * Chooses the user's setting, otherwise a real Node.js on PATH, otherwise the extension host's own executable. Electron comes
 * last because its allocator crashes on the large aligned allocations that ONNX Runtime makes.
 * @throws NoNodeError when the setting is unusable (it is never silently skipped), or when all candidates fail.
 */
export async function chooseNodeRuntime(around: Surroundings): Promise<NodeRuntime> {
  if (around.setting !== '') {
    return { ...(await probe(settingsNode(around))), source: 'setting', env: {} };
  }
  const passedOver: NoNodeError[] = [];
  for (const candidate of await nodesOn(around.searchPath)) {
    try {
      return { ...(await probe(candidate)), source: 'path', env: {} };
    } catch (error) {
      // The candidate is too old, or it is a version manager's shim without a Node.js: try the next one.
      if (!(error instanceof NoNodeError)) throw error;
      passedOver.push(error);
    }
  }
  if (majorOf(around.hostVersion) < OLDEST_MAJOR) {
    const found = passedOver.map(({ path: candidate, reason }) => sentence`${candidate ?? ''}: ${reason}`);
    throw new NoNodeError(
      undefined,
      found.length === 0
        ? sentence`none is on PATH`
        : found.reduce((one, other) => sentence`${one}; ${other}`),
    );
  }
  return {
    execPath: around.hostExecPath,
    version: around.hostVersion,
    source: 'vscode',
    env: around.hostIsElectron ? { ELECTRON_RUN_AS_NODE: '1' } : {},
  };
}

/** Chooses a runtime from inside this extension host. @param setting `ziparStudio.sidecar.nodePath` */
export function nodeRuntimeHere(setting: string): Promise<NodeRuntime> {
  return chooseNodeRuntime({
    setting,
    home: homeFolder(),
    environment: process.env,
    searchPath: process.env.PATH ?? '',
    hostExecPath: process.execPath,
    hostVersion: process.versions.node,
    hostIsElectron: process.versions.electron !== undefined,
  });
}

/**
 * Returns the executable that the setting names. The path must not depend on the open folder: a user who opens a folder has not
 * agreed to run programs from it.
 */
function settingsNode({ setting, home, environment }: Surroundings): string {
  try {
    const executable = expandPath(setting, { home, environment, workspaceFolders: [] });
    if (path.isAbsolute(executable)) return executable;
  } catch (error) {
    if (!(error instanceof UnresolvedPathError)) throw error;
    throw new NoNodeError(setting, whyNoNode(error));
  }
  throw new NoNodeError(setting, sentence`the path is not absolute`);
}

function whyNoNode({ why }: UnresolvedPathError): Sentence {
  switch (why.kind) {
    case 'no-home':
      return sentence`this user has no home folder`;
    case 'no-folder-open':
    case 'no-such-folder':
      return sentence`it may not depend on the folder that is open`;
    case 'not-set':
      return sentence`the environment variable ${why.name} is not set`;
    case 'unknown-variable':
      return sentence`${why.variable} is no variable`;
  }
}

/**
 * Finds executables named node in the absolute folders of PATH. Relative folders are left out, so no file of a workspace runs
 * by accident.
 */
async function nodesOn(searchPath: string): Promise<string[]> {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const found: string[] = [];
  for (const folder of searchPath.split(path.delimiter)) {
    if (!path.isAbsolute(folder)) continue;
    const candidate = path.join(folder, name);
    if (await access(candidate, constants.X_OK).then(always(true), always(false))) found.push(candidate);
  }
  return found;
}

/** Runs an executable to learn its version and its real path, because PATH may hold a version manager's shim. */
async function probe(executable: string): Promise<{ execPath: string; version: string }> {
  const script = 'process.stdout.write(JSON.stringify([process.execPath, process.versions.node]))';
  let answer: unknown;
  try {
    const { stdout } = await promisify(execFile)(executable, ['-e', script], {
      timeout: PROBE_TIMEOUT_MS,
      windowsHide: true,
      env: childEnvironment(process.env),
    });
    answer = JSON.parse(stdout);
  } catch (error) {
    throw new NoNodeError(executable, error instanceof Error ? firstLine(error.message) : String(error));
  }
  if (!Array.isArray(answer) || typeof answer[0] !== 'string' || typeof answer[1] !== 'string')
    throw new NoNodeError(executable, sentence`it does not answer like Node.js`);
  if (majorOf(answer[1]) < OLDEST_MAJOR)
    throw new NoNodeError(
      executable,
      sentence`it is version ${answer[1]}, and ${OLDEST_MAJOR} or newer is needed`,
    );
  return { execPath: answer[0], version: answer[1] };
}

/** Variables that VS Code sets for its own processes: debugger flags in NODE_OPTIONS, Electron switches, IPC hooks. */
const OF_VSCODE = /^(NODE_OPTIONS|NODE_CHANNEL_.*|ELECTRON_.*|VSCODE_.*)$/i;
/** ONNX Runtime reads this variable when its library loads, so it must be set when the process begins. */
const TELEMETRY_SWITCH = 'ORT_DISABLE_TELEMETRY';

/**
 * The environment of every process that the extension starts. It is the extension's own, without the variables that VS Code
 * sets for itself. ONNX Runtime's telemetry is off. On Windows the case of a name has no meaning, so every spelling is
 * replaced.
 */
export function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => !OF_VSCODE.test(name) && name.toUpperCase() !== TELEMETRY_SWITCH,
  );
  return { ...Object.fromEntries(kept), [TELEMETRY_SWITCH]: '1' };
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10) || 0;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

function always<T>(value: T): () => T {
  return () => value;
}
