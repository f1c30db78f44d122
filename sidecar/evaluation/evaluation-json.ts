import { InputFileError, readJsonFile, type JsonLimits } from '../files/input-file';
import { EvaluationError } from './evaluation-error';
import { inEnglish } from '../protocol/sentence';

/** Reads a JSON file of an evaluation. @param hint a sentence that says what to give instead @throws EvaluationError */
export async function readEvaluationJson(file: string, limits: JsonLimits, hint: string): Promise<unknown> {
  try {
    return await readJsonFile(file, limits);
  } catch (cause) {
    if (!(cause instanceof InputFileError)) throw cause;
    throw new EvaluationError(`${file} could not be read as JSON: ${inEnglish(cause.problem)}. ${hint}`, {
      cause,
    });
  }
}
