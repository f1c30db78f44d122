/**
 * The guidance for a token (`generate` in `modeling/rar.py`): 1 + (scale - 1) * (1 - cos(π * place^power)) / 2. It grows from 1 at
 * the first token to `scale` at the end. A power of 0 gives `scale` everywhere. Guidance of at most 1 does not grow: 0 is the
 * unconditional half alone, and 1 the conditional half alone.
 * @param place of the token in the picture, 0..1
 */
export function guidanceAt(scale: number, place: number, power: number): number {
  if (scale <= 1) return scale;
  return 1 + ((scale - 1) * (1 - Math.cos(Math.PI * place ** power))) / 2;
}
