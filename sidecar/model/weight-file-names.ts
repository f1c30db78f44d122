/** Endings of weight files. If files differ in the ending only, the first ending in this order is taken. */
export const ENDINGS = ['.safetensors.index.json', '.safetensors', '.bin.index.json', '.pt', '.pth'];
/** Endings that other kinds of files have, too. These files are read only where no other file holds weights. */
const GENERAL_ENDINGS = ['.bin', '.ckpt'];
/** Whether a file of that name holds weights. */
export function isWeightFileName(name: string): boolean {
  return ENDINGS.some((ending) => name.endsWith(ending));
}

/** The file's name without the ending of a weight file. Published checkpoints are identified by it. */
export function stemOf(name: string): string {
  const lower = name.toLowerCase();
  const ending = [...ENDINGS, ...GENERAL_ENDINGS].find((known) => lower.endsWith(known));
  return ending === undefined ? name : name.slice(0, -ending.length);
}
