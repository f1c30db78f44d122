import type { SequenceLayout } from '../../decoding/sequence-layout';
import { PromptError } from '../../prompt/word-vocabulary';
import { ModelError } from '../model-error';
import { sentence } from '../../protocol/sentence';

/** Tokens of a prompt for which positions are made, where the model has more. */
const PROMPT_TOKENS = 4096;

/**
 * Number of positions for which a model's rotary table is made: the picture's, and those of the longest prompt.
 * @throws ModelError when the model has too few positions for the picture alone
 */
export function positionsFor(
  layout: SequenceLayout,
  maxPositions: number | undefined,
  folder: string,
): number {
  const wanted = layout.length + PROMPT_TOKENS;
  if (maxPositions === undefined) return wanted;
  if (layout.length < maxPositions) return Math.min(wanted, maxPositions);
  const { height, width } = layout.grid;
  throw new ModelError(
    sentence`${folder}: a grid of ${height}x${width} takes ${layout.length} positions and the prompt some more, where the model has ${maxPositions} ("max_position_embeddings"); choose a smaller grid.`,
  );
}

/** Checks that prompt and picture fit into the model's positions. @param tokens of the longer half @throws PromptError */
export function checkPromptTokens(tokens: number, layout: SequenceLayout, positions: number): void {
  const room = positions - layout.length;
  if (tokens <= room) return;
  throw new PromptError(
    sentence`The prompt has ${tokens} tokens, and beside this grid the model has room for ${room}; shorten the prompt, or choose a smaller grid.`,
  );
}
