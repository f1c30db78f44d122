/**
 * Classifier-free guidance: `unconditional + scale * (conditional - unconditional)`, in place of `conditional`.
 * Scale 1 leaves the conditional logits as they are, above it the condition counts for more.
 *
 * @param conditional logits [vocab]; overwritten
 * @param unconditional logits [vocab]
 */
export function guide(conditional: Float32Array, unconditional: Float32Array, scale: number): void {
  for (let i = 0; i < conditional.length; i++) {
    const without = unconditional[i] ?? 0;
    conditional[i] = without + scale * ((conditional[i] ?? 0) - without);
  }
}
