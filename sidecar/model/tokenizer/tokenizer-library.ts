import { ModelError } from '../model-error';
import { sentence } from '../../protocol/sentence';

/**
 * Calls the tokenizer library, and blames the file for errors: the library trusts its files.
 * @param file for messages
 * @throws ModelError
 */
export function usingLibrary<T>(file: string, use: () => T): T {
  try {
    return use();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ModelError(sentence`${file} is no tokenizer that can be used (${reason}); download it again.`, {
      cause,
    });
  }
}
