import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Every process that a test window starts carries this variable, so that it is found even when it left its
 * process group (a sidecar may) or its parent died before it. The value is `<pid>.<start>.<n>`: the test
 * process that made the window, when that process started (pids are used again), and a number for the window.
 */
export const WINDOW_MARK = 'ZIPAR_E2E_WINDOW';

export interface RunningProcess {
  readonly pid: number;
  /** Arguments separated by blanks. */
  readonly commandLine: string;
}

let windows = 0;

/** A mark for one more window of this test process. */
export function newWindowMark(): string {
  windows += 1;
  return `${process.pid}.${startTime(process.pid) ?? 0}.${windows}`;
}

/** Processes of one window, the oldest first. Empty where there is no /proc (macOS). */
export function processesOf(mark: string): RunningProcess[] {
  return markedProcesses().filter((found) => found.mark === mark);
}

/** Ends whatever is left of one window; by SIGKILL, as it had its chance. */
export function killProcessesOf(mark: string): void {
  for (const { pid } of processesOf(mark)) kill(pid);
}

/**
 * A new folder for one window. Its name holds the mark, and is short: the server makes sockets below it, whose
 * paths may have 107 bytes.
 */
export function makeFolderFor(mark: string): string {
  return mkdtempSync(join(tmpdir(), `${FOLDER_PREFIX}${mark}-`));
}

const FOLDER_PREFIX = 'zipar-';

/**
 * Ends the processes and removes the folders of test processes that are gone, such as a run that was killed.
 *
 * @returns The processes ended.
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
    // It ended by itself in the meantime.
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

/** When a process started, in clock ticks since boot; undefined if there is none, or none but its zombie. */
function startTime(pid: number): number | undefined {
  // The second field is the program's name in parentheses and may hold blanks; the rest is split after it.
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
