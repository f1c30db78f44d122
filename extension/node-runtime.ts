import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { NoNodeError } from './sidecar-errors';

const OLDEST_MAJOR = 20;
const PROBE_TIMEOUT_MS = 5000;

/** The Node.js that runs the sidecar. */
export interface NodeRuntime {
  readonly execPath: string;
  readonly version: string;
  readonly source: 'setting' | 'path' | 'vscode';
  /** Environment variables this runtime needs on top of the usual ones. */
  readonly env: Readonly<Record<string, string>>;
}

interface Surroundings {
  /** `ziparStudio.sidecar.nodePath`, empty for none. */
  readonly setting: string;
  readonly searchPath: string;
  /** The executable of the extension host itself: Electron on the desktop, plain Node in a VS Code server. */
  readonly hostExecPath: string;
  readonly hostVersion: string;
  readonly hostIsElectron: boolean;
}

/**
 * The user's setting, else a real Node on PATH, else the extension host's own executable. Electron comes last
 * because its allocator traps on the large aligned allocations that ONNX Runtime makes.
 * @throws NoNodeError when the setting names something unusable (it is never silently passed over), or all fail.
 */
export async function chooseNodeRuntime(around: Surroundings): Promise<NodeRuntime> {
  if (around.setting !== '') {
    if (!path.isAbsolute(around.setting)) throw new NoNodeError(around.setting, 'the path is not absolute');
    return { ...(await probe(around.setting)), source: 'setting', env: {} };
  }
  for (const candidate of await nodesOn(around.searchPath)) {
    try {
      return { ...(await probe(candidate)), source: 'path', env: {} };
    } catch (error) {
      // Too old, or a shim of a version manager that has nothing installed: look further.
      if (!(error instanceof NoNodeError)) throw error;
    }
  }
  if (majorOf(around.hostVersion) < OLDEST_MAJOR) {
    throw new NoNodeError(undefined, `Node.js ${OLDEST_MAJOR} or newer is not on PATH`);
  }
  return {
    execPath: around.hostExecPath,
    version: around.hostVersion,
    source: 'vscode',
    env: around.hostIsElectron ? { ELECTRON_RUN_AS_NODE: '1' } : {},
  };
}

/** What `chooseNodeRuntime` finds from within this extension host. @param setting `ziparStudio.sidecar.nodePath` */
export function nodeRuntimeHere(setting: string): Promise<NodeRuntime> {
  return chooseNodeRuntime({
    setting,
    searchPath: process.env.PATH ?? '',
    hostExecPath: process.execPath,
    hostVersion: process.versions.node,
    hostIsElectron: process.versions.electron !== undefined,
  });
}

/** Executables named node in the absolute folders of PATH, so that nothing in a workspace is ever run by accident. */
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

/** Asks for the real executable too: on PATH there may be a version manager's shim. */
async function probe(executable: string): Promise<{ execPath: string; version: string }> {
  const script = 'process.stdout.write(JSON.stringify([process.execPath, process.versions.node]))';
  let answer: unknown;
  try {
    const { stdout } = await promisify(execFile)(executable, ['-e', script], {
      timeout: PROBE_TIMEOUT_MS,
      windowsHide: true,
      env: cleanEnvironment(process.env),
    });
    answer = JSON.parse(stdout);
  } catch (error) {
    throw new NoNodeError(executable, error instanceof Error ? firstLine(error.message) : String(error));
  }
  if (!Array.isArray(answer) || typeof answer[0] !== 'string' || typeof answer[1] !== 'string')
    throw new NoNodeError(executable, 'it does not answer like Node.js');
  if (majorOf(answer[1]) < OLDEST_MAJOR)
    throw new NoNodeError(executable, `it is version ${answer[1]}, and ${OLDEST_MAJOR} or newer is needed`);
  return { execPath: answer[0], version: answer[1] };
}

/** Without what VS Code sets for its own processes: debugger flags in NODE_OPTIONS, Electron switches, IPC hooks. */
export function cleanEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !/^(NODE_OPTIONS|NODE_CHANNEL_.*|ELECTRON_.*|VSCODE_.*)$/i.test(name),
    ),
  );
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
