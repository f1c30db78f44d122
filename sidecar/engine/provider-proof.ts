import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * The depth of a check. `answer`: the check shows only whether the provider answers. `full`: it also shows whether the provider
 * computes our graphs correctly, and how fast. A number of bytes: it shows whether the device holds a tensor of this size.
 */
export type ProofDepth = 'answer' | 'full' | `${number} bytes`;

/** The stages of a check, in their order. Only a check of the depth `full` has more than the first stage. */
export type ProofStage = 'answer' | 'numbers' | 'speed';

/**
 * The time of a step in one layer, in ms. The number of operators decides it in the small layer, and the weights in the large
 * one.
 */
export interface LayerTimes {
  readonly small: number;
  /** Undefined if the small layer was too slow. The check ends then, and no pictures are compared. */
  readonly large: number | undefined;
}

/** The result of the check of a provider. */
export type Proof =
  /** The provider answers, or the device holds the tensor. The check did not have the depth `full`. */
  | { readonly kind: 'answers' }
  /** The provider computes correctly. `error` is its largest error; `times` and `cpu` are its times and those of the CPU. */
  | { readonly kind: 'right'; readonly error: number; readonly times: LayerTimes; readonly cpu: LayerTimes }
  /** The provider computes wrongly. `error` is its largest error, relative to the largest value of the CPU. It may be NaN. */
  | { readonly kind: 'wrong'; readonly error: number }
  /** ONNX Runtime could not use the provider. `message` is the text of its error. */
  | { readonly kind: 'refused'; readonly message: string }
  /** The process of the check sent no message for too long. */
  | { readonly kind: 'silent'; readonly stage: ProofStage; readonly seconds: number }
  /** The process of the check ended without a result. */
  | { readonly kind: 'crashed'; readonly how: string }
  /** The provider cannot work on this machine, so it was not checked. */
  | { readonly kind: 'absent'; readonly message: string };

/** A message from the process of a check to its parent. */
export type ProofMessage =
  { readonly type: 'stage'; readonly stage: ProofStage } | { readonly type: 'proof'; readonly proof: Proof };

/** Checks a provider. Never rejects. */
export type Prover = (provider: string, depth: ProofDepth) => Promise<Proof>;

/**
 * The longest time of a stage, in ms. A driver may compile for seconds in each stage. A driver that hangs never ends its stage.
 */
const PATIENCE_MS = 20_000;
/** The time, in ms, to wait for the end of a killed process, before its files are removed. */
const REMOVAL_MS = 2000;

/**
 * Checks each provider in a process of its own, because a driver may crash or never return. The process is killed if a stage
 * takes longer than `patienceMs`.
 * @param script the path of proof-program.ts, built
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
    // A process inside a driver may not end even when it is killed. Then its folder may stay.
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

/** The result that the process reports, or the result `silent` if a stage takes too long. */
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
