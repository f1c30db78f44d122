import { systemReason } from '../files/system-reason';

/** Error codes of a reader that went away: EPIPE, and EOF on Windows. */
const READER_IS_GONE = ['EPIPE', 'EOF'];

/**
 * Lets the command go on when the reader of its output is gone: after `| head` the command does its work and ends quietly.
 * If the output cannot be written for another reason, such as a full disk, one sentence says so and the exit code is 1.
 */
export function watchStandardOutput(): void {
  // No reader is left for the message.
  process.stderr.on('error', () => undefined);
  let isTold = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isTold || READER_IS_GONE.includes(error.code ?? '')) return;
    isTold = true;
    process.stderr.write(`zipar: The output could not be written: ${systemReason(error)}.\n`);
    process.exitCode = 1;
  });
}
