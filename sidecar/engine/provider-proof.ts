import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** How much a provider has to show: that it answers at all, or that it computes our graphs rightly, and how fast. */
export type ProofDepth = 'answer' | 'full';

/** What the proving process does, in this order; `answer` alone, or all. */
export type ProofStage = 'answer' | 'numbers' | 'speed';

/** Time of a pass through one layer, ms: of a small one, where operators cost, and of a large one, where weights do. */
export interface LayerTimes {
  readonly small: number;
  /** Undefined when the small one was so slow that nobody waited for it; pictures were then not compared either. */
  readonly large: number | undefined;
}

/** What became of trying a provider. */
export type Proof =
  /** Only that it answers was asked. */
  | { readonly kind: 'answers' }
  | { readonly kind: 'right'; readonly error: number; readonly times: LayerTimes; readonly cpu: LayerTimes }
  /** Largest error, relative to the largest value of the CPU's; NaN when it is no number. */
  | { readonly kind: 'wrong'; readonly error: number }
  /** It refused, in ONNX Runtime's own words. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'silent'; readonly stage: ProofStage; readonly seconds: number }
  | { readonly kind: 'crashed'; readonly how: string }
  /** It cannot be there, so it was not tried. */
  | { readonly kind: 'absent'; readonly message: string };

/** From the proving process to its parent. */
export type ProofMessage =
  { readonly type: 'stage'; readonly stage: ProofStage } | { readonly type: 'proof'; readonly proof: Proof };

/** Tries a provider; never rejects. */
export type Prover = (provider: string, depth: ProofDepth) => Promise<Proof>;

/** A driver may compile for seconds at each stage; one that is dead stays silent forever. */
const PATIENCE_MS = 20_000;
/** How long a killed process may hold on to its files. */
const REMOVAL_MS = 2000;

/**
 * Tries providers in a process of their own, since a driver may crash or never return: that process is given
 * `patienceMs` for each stage, then it is killed.
 * @param script of the proving process: proof-program.ts, built
 */
export function proverInProcess(script: string, patienceMs = PATIENCE_MS): Prover {
  const prove: Prover = async (provider, depth) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'zipar-proof-'));
    const child = fork(script, [provider, depth, folder], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const ended = new Promise<Proof>((resolve) => {
      child.on('error', (error) => {
        resolve({ kind: 'crashed', how: error.message });
      });
      child.on('exit', (code, signal) => {
        resolve({ kind: 'crashed', how: signal ? `signal ${signal}` : `exit code ${code ?? 'unknown'}` });
      });
    });
    const proof = await Promise.race([proofFrom(child, patienceMs), ended]);
    child.kill('SIGKILL');
    // A process inside a driver may not even die: its folder is then left to the system.
    await Promise.race([ended, delay(REMOVAL_MS, undefined, { ref: false })]);
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    return proof;
  };
  return (provider, depth) =>
    prove(provider, depth).catch((error: unknown) => ({
      kind: 'refused',
      message: error instanceof Error ? error.message : String(error),
    }));
}

/** What the process says in the end, or that it said nothing for too long. */
function proofFrom(child: ChildProcess, patienceMs: number): Promise<Proof> {
  return new Promise((resolve) => {
    let stage: ProofStage = 'answer';
    const onSilence = (): void => {
      resolve({ kind: 'silent', stage, seconds: patienceMs / 1000 });
    };
    let timer = setTimeout(onSilence, patienceMs);
    child.on('message', (message: ProofMessage) => {
      clearTimeout(timer);
      if (message.type === 'proof') {
        resolve(message.proof);
        return;
      }
      stage = message.stage;
      timer = setTimeout(onSilence, patienceMs);
    });
    child.on('exit', () => {
      clearTimeout(timer);
    });
  });
}
