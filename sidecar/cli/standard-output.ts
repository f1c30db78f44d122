import { systemReason } from '../files/system-reason';

/** A reader that went away: EPIPE, and EOF as Windows says it. */
const READER_IS_GONE = ['EPIPE', 'EOF'];

/**
 * Lets the command outlive whoever reads what it writes: after `| head` it does its work and ends quietly. Output that cannot be
 * written for another reason, such as a full disk, is said in a sentence and makes the exit code 1.
 */
export function watchStandardOutput(): void {
  // Nobody is left to be told.
  process.stderr.on('error', () => undefined);
  let isTold = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isTold || READER_IS_GONE.includes(error.code ?? '')) return;
    isTold = true;
    process.stderr.write(`zipar: The output could not be written: ${systemReason(error)}.\n`);
    process.exitCode = 1;
  });
}
