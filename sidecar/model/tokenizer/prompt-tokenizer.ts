import { ModelError } from '../model-error';
import { sentence } from '../../protocol/sentence';

/** Turns a prompt into ids of a language model's vocabulary. */
export interface PromptTokenizer {
  /** The file that describes it, for messages. */
  readonly file: string;
  /** Ids of a text. Special tokens that are spelled out in the text become their ids; nothing is added around it. */
  encode(text: string): readonly number[];
  /** Id of a token by its name; undefined when the vocabulary has no such token. */
  idOf(token: string): number | undefined;
}

/** Id of a token that the model's prompts need. @throws ModelError when the tokenizer does not know it */
export function neededId(tokenizer: PromptTokenizer, token: string): number {
  const id = tokenizer.idOf(token);
  if (id !== undefined) return id;
  throw new ModelError(
    sentence`${tokenizer.file} has no token ${JSON.stringify(token)}, which this model's prompts need; download the tokenizer of the same model.`,
  );
}
