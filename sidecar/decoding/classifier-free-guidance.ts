/**
 * Classifier-free guidance: replaces `conditional` by `unconditional + scale * (conditional - unconditional)`. Scale 1
 * leaves the conditional logits as they are. With a scale above 1, the prompt counts more.
 *
 * Each operation is rounded to float32, as in a graph that computes guidance. So this function and the graph put the tokens
 * into the same order, even tokens that are nearly equally likely.
 *
 * @param conditional logits [vocab] with the prompt; overwritten by the result
 * @param unconditional logits [vocab] without the prompt
 * @param scale the guidance
 */
export function guide(conditional: Float32Array, unconditional: Float32Array, scale: number): void {
  const scale32 = Math.fround(scale);
  for (let i = 0; i < conditional.length; i++) {
    const without = unconditional[i] ?? 0;
    const difference = Math.fround((conditional[i] ?? 0) - without);
    conditional[i] = without + Math.fround(scale32 * difference);
  }
}
