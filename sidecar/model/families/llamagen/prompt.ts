import { cleanCaption } from '../../../prompt/clean-caption';
import { describeUnknownWords } from '../../../prompt/describe-unknown-words';
import { encodePrompt } from '../../../prompt/prompt-words';
import { PromptError } from '../../../prompt/word-vocabulary';
import { readCaptionFile } from '../../caption-file';
import { Checkpoint } from '../../checkpoint';
import { refusedCondition } from '../../refused-condition';
import type {
  ConditionNeed,
  EncodedPrompt,
  FamilyModel,
  Prompt,
  PromptHalf,
  PromptRequest,
  TextForEncoder,
} from '../../family';
import { ModelError } from '../../model-error';
import { unpaddedHalf } from '../../prompt-half';
import { encoderBytes } from '../../t5/t5-config';
import { howToAddTextEncoder, readTextEncoder } from '../../t5/text-encoder-folder';
import { readTensorAsFloat32 } from '../../weights/read-tensor';
import { EMPTY_CAPTION } from './prompt-encoder';
import { sentence } from '../../../protocol/sentence';

/** The first ids of every vocabulary of words. */
const PAD_WORD = 0;
const NULL_WORD = 1;

/** Characters of a prompt at most. */
const MAX_PROMPT_LENGTH = 10_000;

/** What a prompt is made from. */
export interface PromptSource extends Pick<FamilyModel, 'name' | 'vocabulary' | 'textEncoder'> {
  readonly folder: string;
  readonly condition: ConditionNeed;
  /** The transformer's weight file, which holds the empty caption. */
  readonly weights: string;
}

/**
 * Turns a request's condition into both halves of a prompt.
 * @throws PromptError when the model takes another kind of condition, or has no such class; ModelError, WeightsError
 */
export async function promptOf(
  model: PromptSource,
  request: PromptRequest,
): Promise<EncodedPrompt<Prompt | TextForEncoder>> {
  const { condition, textEncoder } = request;
  const { condition: wanted, vocabulary, name, folder } = model;
  if (condition.kind === 'prompt' && wanted.kind === 'caption-embedding') {
    const encoder = textEncoder ?? model.textEncoder;
    if (encoder !== undefined) {
      const input = await textFor(condition.prompt, encoder, wanted.dim, request);
      return { input, notices: [] };
    }
  }
  if (condition.kind === 'prompt' && wanted.kind === 'words' && vocabulary) {
    const encoded = encodePrompt(condition.prompt, vocabulary, wanted.tokens);
    const notices = encoded.unknown.length > 0 ? [describeUnknownWords(encoded.unknown)] : [];
    if (encoded.truncated)
      notices.push(
        sentence`The prompt has more words than the ${wanted.tokens} this model reads; the last ones were left out.`,
      );
    return { input: await withEmptyHalf(model, wordsHalf(encoded.ids, wanted.tokens)), notices };
  }
  if (condition.kind === 'class' && wanted.kind === 'class') {
    if (condition.label >= wanted.classes)
      throw new PromptError(
        sentence`Class ${condition.label} is outside 0..${wanted.classes - 1} of ${name}.`,
      );
    return { input: await withEmptyHalf(model, classHalf(condition.label)), notices: [] };
  }
  if (condition.kind === 'caption' && wanted.kind === 'caption-embedding') {
    const caption = await readCaptionFile(condition.file, wanted.tokens, wanted.dim);
    return { input: await withEmptyHalf(model, caption), notices: [] };
  }
  const remedy =
    condition.kind === 'prompt' && wanted.kind === 'caption-embedding'
      ? sentence` To give it prompts, add its text encoder: ${howToAddTextEncoder(folder)}.`
      : '';
  throw refusedCondition(model, condition, remedy);
}

/** The text encoder's input. The encoder's folder has been checked, but not its weights. @throws PromptError, ModelError */
async function textFor(
  prompt: string,
  encoder: string,
  dim: number,
  request: PromptRequest,
): Promise<TextForEncoder> {
  if (prompt.length > MAX_PROMPT_LENGTH)
    throw new PromptError(
      sentence`The prompt has ${prompt.length} characters; shorten it to ${MAX_PROMPT_LENGTH} at most.`,
    );
  const caption = cleanCaption(prompt);
  if (caption === '') {
    throw new PromptError(
      prompt.trim() === ''
        ? sentence`The prompt is empty; say what the picture shall show.`
        : sentence`Of the prompt nothing is left once addresses, codes and symbols are taken out, as the model was trained; describe the picture in words.`,
    );
  }
  const { folder, config } = await readTextEncoder(encoder, dim);
  // The text encoder reads each weight once. To copy the weights to a GPU takes longer than to run them.
  return {
    kind: 'text',
    caption,
    encoder: folder,
    execution: { provider: 'cpu', threads: request.threadsFor(encoderBytes(config)) },
  };
}

/**
 * The prompt with an empty condition as its other half: the null class, the null word, or the learned empty caption. The
 * empty caption has the same padding as the caption.
 */
export async function withEmptyHalf(
  { folder, weights, condition }: Pick<PromptSource, 'folder' | 'weights' | 'condition'>,
  conditional: PromptHalf,
): Promise<Prompt> {
  const prompt = (unconditional: PromptHalf): Prompt => ({ kind: 'prompt', conditional, unconditional });
  switch (condition.kind) {
    case 'none':
    case 'text':
      throw new ModelError(
        sentence`${folder} takes no condition, so there is no picture to be made with it.`,
      );
    case 'class':
      return prompt(classHalf(condition.classes));
    case 'words':
      return prompt(wordsHalf([NULL_WORD], condition.tokens));
    case 'caption-embedding': {
      const checkpoint = await Checkpoint.open(folder, weights);
      const location = checkpoint.tensor(EMPTY_CAPTION, [condition.tokens, condition.dim]);
      const embeddings = await readTensorAsFloat32(location);
      return prompt({ kind: 'embeddings', embeddings, padded: conditional.padded });
    }
  }
}

/** A prompt whose content does not matter. @throws ModelError when the model takes no condition */
export function anyPrompt(model: Parameters<typeof withEmptyHalf>[0]): Promise<Prompt> {
  const { condition } = model;
  if (condition.kind === 'caption-embedding') {
    const embeddings = new Float32Array(condition.tokens * condition.dim);
    const padded = new Array<boolean>(condition.tokens).fill(false);
    return withEmptyHalf(model, { kind: 'embeddings', embeddings, padded });
  }
  return withEmptyHalf(model, condition.kind === 'words' ? wordsHalf([2], condition.tokens) : classHalf(0));
}

function classHalf(label: number): PromptHalf {
  return unpaddedHalf([label]);
}

/** Word ids in the form that the prefix takes: padded on the left, so that the last word stands next to the picture. */
export function wordsHalf(ids: readonly number[], tokens: number): PromptHalf {
  const padding = Array.from({ length: tokens - ids.length }, () => PAD_WORD);
  return {
    kind: 'ids',
    ids: [...padding, ...ids],
    padded: [...padding.map(() => true), ...ids.map(() => false)],
  };
}
