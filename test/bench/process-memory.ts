import { readFileSync, readdirSync } from 'node:fs';

/** Memory of some processes at one moment, in bytes. */
interface ProcessMemory {
  /** Memory that each process holds. */
  readonly parts: readonly number[];
  /** Memory that all hold, with what they share counted once. */
  readonly shared: number;
}

/** Watches the memory of a process and of all that it starts, five times a second. Linux only. */
export class PeakMemory {
  /** The largest sums so far, in bytes; each may be of another moment. */
  total = 0;
  shared = 0;
  /** The parts of the largest total. */
  parts: readonly number[] = [];
  private readonly watching: NodeJS.Timeout;

  constructor(pid: number) {
    this.watching = setInterval(() => {
      this.take(memoryNow(pid));
    }, 200);
  }

  stop(): void {
    clearInterval(this.watching);
  }

  private take({ parts, shared }: ProcessMemory): void {
    this.shared = Math.max(this.shared, shared);
    const total = parts.reduce((sum, each) => sum + each, 0);
    if (total <= this.total) return;
    this.total = total;
    this.parts = parts;
  }
}

function memoryNow(pid: number): ProcessMemory {
  const processes = [pid, ...childrenOf(pid)];
  return {
    parts: processes.map((each) => memoryOf(each, 'Rss')),
    shared: processes.reduce((sum, each) => sum + memoryOf(each, 'Pss'), 0),
  };
}

/**
 * Memory of a process in bytes; 0 when it is gone.
 * @param measure all that is resident (Rss), or a share of what processes have in common (Pss)
 */
function memoryOf(pid: number, measure: 'Rss' | 'Pss'): number {
  try {
    const maps = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return 1024 * Number(new RegExp(`^${measure}:\\s+(\\d+)`, 'm').exec(maps)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** All processes that a process started, and those that they started. */
function childrenOf(pid: number): number[] {
  const children = readdirSync('/proc').flatMap((name) => {
    try {
      const stat = /^\d+$/.test(name) ? readFileSync(`/proc/${name}/stat`, 'utf8') : '';
      return Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]) === pid ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
  return children.flatMap((each) => [each, ...childrenOf(each)]);
}
