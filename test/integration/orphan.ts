import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** Starts the given program, reports its process id and its messages, and lives until it is killed. */
const PARENT = `
  const [script, ...args] = process.argv.slice(1);
  const { fork } = require('node:child_process');
  const child = fork(script, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [], env: { ...process.env, NODE_OPTIONS: process.env.ZIPAR_TEST_NODE_OPTIONS } });
  console.log(JSON.stringify({ pid: child.pid }));
  child.on('message', (message) => console.log(JSON.stringify(message)));
`;

/** A program of this project under a parent that can be killed. */
export class Orphan {
  private readonly lines: string[] = [];
  private readonly waiting = new Set<() => void>();

  private constructor(
    private readonly parent: ChildProcess,
    readonly pid: number,
  ) {}

  /**
   * @param preload script that is loaded before the program, and before each process that the program starts
   * @param environment variables in addition to this process's own
   */
  static async start(
    program: string,
    args: readonly string[],
    preload: string,
    environment: Readonly<Record<string, string>>,
  ): Promise<Orphan> {
    const script = path.join(__dirname, '../../dist', program);
    const parent = spawn(process.execPath, ['-e', PARENT, script, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...environment,
        // Processes that the program starts inherit this variable.
        ZIPAR_TEST_NODE_OPTIONS: `--require ${JSON.stringify(preload)}`,
      },
    });
    const lines = createInterface({ input: parent.stdout });
    const first = await new Promise<string>((resolve) => lines.once('line', resolve));
    const orphan = new Orphan(parent, (JSON.parse(first) as { pid: number }).pid);
    lines.on('line', orphan.hear);
    createInterface({ input: parent.stderr }).on('line', orphan.hear);
    return orphan;
  }

  /** The program's first line, or message to its parent, that contains the text. */
  async says(text: string): Promise<string> {
    for (;;) {
      const line = this.lines.find((said) => said.includes(text));
      if (line !== undefined) return line;
      await new Promise<void>((resolve) => {
        this.waiting.add(resolve);
      });
    }
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** Kills the parent. @returns ms until the program had ended, or undefined if it had not ended after `limitMs` */
  async killParent(limitMs: number): Promise<number | undefined> {
    const start = performance.now();
    this.parent.kill('SIGKILL');
    for (;;) {
      const ms = performance.now() - start;
      if (!this.isAlive()) return ms;
      if (ms > limitMs) return undefined;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Ends all processes, whatever the result of the test. */
  end(): void {
    this.parent.kill('SIGKILL');
    if (this.isAlive()) this.signal('SIGKILL');
  }

  private isAlive(): boolean {
    try {
      process.kill(this.pid, 0);
      // An ended process keeps its id until the system's first process notices, which may take a second.
      return (
        process.platform !== 'linux' || !/^State:\s+Z/m.test(readFileSync(`/proc/${this.pid}/status`, 'utf8'))
      );
    } catch {
      return false;
    }
  }

  private readonly hear = (line: string): void => {
    this.lines.push(line);
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  };
}
