import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** What a provider must show: `answer`, that it answers at all; `full`, that it computes our graphs rightly, and how fast. */
export type ProofDepth = 'answer' | 'full';

/** The stages of the proving process in their order; `answer` alone, or all. */
export type ProofStage = 'answer' | 'numbers' | 'speed';

/** Time of a pass through one layer, ms. In the small layer the operators cost most, in the large one the weights. */
export interface LayerTimes {
  readonly small: number;
  /** Undefined when the small layer was too slow to go on; then pictures were not compared either. */
  readonly large: number | undefined;
}

/** The result of trying a provider. */
export type Proof =
  /** It answers; the trial asked for nothing else. */
  | { readonly kind: 'answers' }
  | { readonly kind: 'right'; readonly error: number; readonly times: LayerTimes; readonly cpu: LayerTimes }
  /** Largest error, relative to the largest value of the CPU's; NaN when a computed value is NaN. */
  | { readonly kind: 'wrong'; readonly error: number }
  /** It refused; `message` is ONNX Runtime's own text. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'silent'; readonly stage: ProofStage; readonly seconds: number }
  | { readonly kind: 'crashed'; readonly how: string }
  /** It cannot exist on this machine, so it was not tried. */
  | { readonly kind: 'absent'; readonly message: string };

/** A message from the proving process to its parent. */
export type ProofMessage =
  { readonly type: 'stage'; readonly stage: ProofStage } | { readonly type: 'proof'; readonly proof: Proof };

/** Tries a provider; never rejects. */
export type Prover = (provider: string, depth: ProofDepth) => Promise<Proof>;

/** Longest silence at a stage. A driver may compile for seconds at each stage; a dead driver stays silent forever. */
const PATIENCE_MS = 20_000;
/** How long a killed process may hold on to its files. */
const REMOVAL_MS = 2000;

/**
 * Tries each provider in a process of its own, because a driver may crash or never return. The process gets `patienceMs` for
 * each stage, then it is killed.
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
    // A process inside a driver may not even end. Its folder is then left to the system.
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

/** The proof that the process reports in the end, or the fact that it was silent for too long. */
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
