import { decodeText, InputFileError, parseJson, readInputFile, readTextFile } from '../files/input-file';
import { ModelError } from './model-error';
import { saidBy } from '../protocol/sentence';

/** Levels of objects and lists in a model's description at most. */
const MAX_DEPTH = 16;

/** Reads a text file in a model's folder. @throws ModelError when it is no regular text file of at most `maxBytes` */
export async function readModelText(file: string, maxBytes: number): Promise<string> {
  try {
    return await readTextFile(file, maxBytes);
  } catch (error) {
    throw modelError(error);
  }
}

/**
 * Reads the lines of a text file in a model's folder, without empty ones. The file may begin with `<`, as web pages do.
 * @throws ModelError when it is no regular text file of at most `maxBytes`
 */
export async function readModelLines(file: string, maxBytes: number): Promise<string[]> {
  try {
    const text = decodeText(await readInputFile(file, maxBytes), file);
    return text.split(/\r?\n/).filter((line) => line !== '');
  } catch (error) {
    throw modelError(error);
  }
}

/** Parses JSON from a model's folder. @param file for messages @throws ModelError */
export function parseModelJson(text: string, file: string, maxDepth = MAX_DEPTH): unknown {
  try {
    return parseJson(text, file, maxDepth);
  } catch (error) {
    throw modelError(error);
  }
}

function modelError(error: unknown): unknown {
  return error instanceof InputFileError ? new ModelError(saidBy(error), { cause: error }) : error;
}
