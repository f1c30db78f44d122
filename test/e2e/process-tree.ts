import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Environment variable that every process of a test window carries. It finds a process that left its process group (a sidecar
 * may) or whose parent died first. The value is `<pid>.<start>.<n>`. The first two are the id and the start time of the test
 * process that made the window, because ids are used again. The last is a number for the window.
 */
export const WINDOW_MARK = 'ZIPAR_E2E_WINDOW';

export interface RunningProcess {
  readonly pid: number;
  /** Arguments, separated by blanks. */
  readonly commandLine: string;
}

let windows = 0;

/** Makes a mark for one more window of this test process. */
export function newWindowMark(): string {
  windows += 1;
  return `${process.pid}.${startTime(process.pid) ?? 0}.${windows}`;
}

/** Processes of one window, the oldest first. Empty on systems without /proc (macOS). */
export function processesOf(mark: string): RunningProcess[] {
  return markedProcesses().filter((found) => found.mark === mark);
}

/** Kills the remaining processes of a window with SIGKILL, because they were already asked to end. */
export function killProcessesOf(mark: string): void {
  for (const { pid } of processesOf(mark)) kill(pid);
}

/**
 * Makes a new folder for one window. Its name contains the mark and is short: the server makes sockets in it, whose paths may
 * have 107 bytes.
 */
export function makeFolderFor(mark: string): string {
  return mkdtempSync(join(tmpdir(), `${FOLDER_PREFIX}${mark}-`));
}

const FOLDER_PREFIX = 'zipar-';

/**
 * Ends the processes and removes the folders of test processes that no longer run, for instance of a killed run.
 *
 * @returns The processes that were ended.
 */
export function removeAbandonedWindows(): RunningProcess[] {
  const abandoned = markedProcesses().filter(({ mark }) => isAbandoned(mark));
  for (const { pid } of abandoned) kill(pid);
  for (const name of readdirSync(tmpdir())) {
    const mark = name.startsWith(FOLDER_PREFIX) ? name.slice(FOLDER_PREFIX.length).split('-')[0] : undefined;
    if (mark !== undefined && /^\d+\.\d+\.\d+$/.test(mark) && isAbandoned(mark)) {
      rmSync(join(tmpdir(), name), { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  }
  return abandoned;
}

function isAbandoned(mark: string): boolean {
  const [owner, start] = mark.split('.').map(Number);
  return owner !== undefined && start !== 0 && startTime(owner) !== start;
}

/** @param pid Negative for a process group. */
export function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // The process ended by itself in the meantime.
  }
}

function markedProcesses(): (RunningProcess & { readonly mark: string })[] {
  const prefix = `${WINDOW_MARK}=`;
  return runningPids().flatMap((pid) => {
    const environment = readProc(pid, 'environ')?.split('\0') ?? [];
    const mark = environment.find((entry) => entry.startsWith(prefix))?.slice(prefix.length);
    if (mark === undefined || pid === process.pid) return [];
    const commandLine = (readProc(pid, 'cmdline') ?? '').split('\0').join(' ').trim();
    return [{ pid, commandLine, mark }];
  });
}

function runningPids(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .sort((a, b) => a - b);
  } catch {
    return [];
  }
}

/** Start time of a process, in clock ticks since boot; undefined if there is no process, or only its zombie. */
function startTime(pid: number): number | undefined {
  // The second field is the program's name in parentheses and may contain blanks, so the rest is split after it.
  const stat = readProc(pid, 'stat');
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields === undefined || fields[0] === 'Z' ? undefined : Number(fields[19]);
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
