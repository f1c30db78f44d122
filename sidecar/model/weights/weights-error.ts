import type { InputFileError } from '../../files/input-file';
import { sentence, SentenceError, type Said } from '../../protocol/sentence';

const DAMAGED = sentence`The file is damaged or incomplete; download or write it again.`;

/** A weight file that cannot be used. The message names the file, what is wrong and what to do. */
export class WeightsError extends SentenceError {
  override readonly name = 'WeightsError';

  /**
   * @param file the path as the user knows it
   * @param problem what is wrong, without a full stop
   * @param remedy what to do, a sentence
   */
  constructor(
    readonly file: string,
    readonly problem: Said,
    remedy: Said = DAMAGED,
  ) {
    super(sentence`${file}: ${problem}. ${remedy}`);
  }

  /** A WeightsError with the contents of an InputFileError. */
  static of({ file, problem, remedy }: InputFileError): WeightsError {
    return new WeightsError(file, problem, remedy);
  }
}

/** A name from an untrusted file, made fit for a message: quoted, without control characters, not too long. */
export function quoted(name: string): string {
  const short = name.length > 100 ? `${name.slice(0, 100)}…` : name;
  return JSON.stringify(short);
}
