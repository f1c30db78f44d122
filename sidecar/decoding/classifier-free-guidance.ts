/**
 * Classifier-free guidance: `unconditional + scale * (conditional - unconditional)`, in place of `conditional`.
 * Scale 1 leaves the conditional logits as they are, above it the condition counts for more.
 *
 * Each operation is rounded to float32, as it is where a graph computes it: so both put the tokens into the same order, nearly
 * equal ones too.
 *
 * @param conditional logits [vocab]; overwritten
 * @param unconditional logits [vocab]
 */
export function guide(conditional: Float32Array, unconditional: Float32Array, scale: number): void {
  const scale32 = Math.fround(scale);
  for (let i = 0; i < conditional.length; i++) {
    const without = unconditional[i] ?? 0;
    const difference = Math.fround((conditional[i] ?? 0) - without);
    conditional[i] = without + Math.fround(scale32 * difference);
  }
}
