import { fork } from 'node:child_process';

/** How much a provider has to show: that it answers at all, or that it computes our graphs rightly, and how fast. */
export type ProofDepth = 'answer' | 'full';

/** What the proving process does, in this order; `answer` alone, or all. */
export type ProofStage = 'answer' | 'numbers' | 'speed';

/** Time of a pass through one layer, ms: of a small one, where operators cost, and of a large one, where weights do. */
export interface LayerTimes {
  readonly small: number;
  /** Undefined when the small one was so slow that nobody waited for it. */
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

/**
 * Tries providers in a process of their own, since a driver may crash or never return: that process is given
 * `patienceMs` for each stage, then it is killed.
 * @param script of the proving process: proof-program.ts, built
 */
export function proverInProcess(script: string, patienceMs = PATIENCE_MS): Prover {
  return (provider, depth) =>
    new Promise((resolve) => {
      const child = fork(script, [provider, depth], {
        execArgv: [],
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      });
      let stage: ProofStage = 'answer';
      const settle = (proof: Proof): void => {
        clearTimeout(timer);
        child.kill('SIGKILL');
        resolve(proof);
      };
      const onSilence = (): void => {
        settle({ kind: 'silent', stage, seconds: patienceMs / 1000 });
      };
      let timer = setTimeout(onSilence, patienceMs);
      child.on('message', (message: ProofMessage) => {
        if (message.type === 'proof') {
          settle(message.proof);
          return;
        }
        stage = message.stage;
        clearTimeout(timer);
        timer = setTimeout(onSilence, patienceMs);
      });
      child.on('error', (error) => {
        settle({ kind: 'crashed', how: error.message });
      });
      child.on('exit', (code, signal) => {
        settle({ kind: 'crashed', how: signal ? `signal ${signal}` : `exit code ${code ?? 'unknown'}` });
      });
    });
}
