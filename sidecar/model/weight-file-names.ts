/** Endings of weight files. If files differ in the ending only, the first ending in this order is taken. */
export const ENDINGS = ['.safetensors.index.json', '.safetensors', '.bin.index.json', '.pt', '.pth'];
/** Endings that other kinds of files have, too. These files are read only where no other file holds weights. */
const GENERAL_ENDINGS = ['.bin', '.ckpt'];
/** The name of one part of a checkpoint. The index of the checkpoint describes its parts. */
const SHARD = /^(.*)-\d{5}-of-\d{5}\.(safetensors|bin)$/i;
const SHARD_INDEX = /^(.*)\.(safetensors|bin)\.index\.json$/i;

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

/** Whether a file of that name may hold weights. Other kinds of files have some of these endings, too. */
export function mayHoldWeights(name: string): boolean {
  return stemOf(name) !== name;
}

/** Whether a file of that name is one part of a checkpoint. */
export function isShardName(name: string): boolean {
  return SHARD.test(name);
}

/** The common name of a checkpoint's parts and their index; undefined for other files. */
export function shardedCheckpoint(name: string): string | undefined {
  const [, stem, format] = SHARD.exec(name) ?? SHARD_INDEX.exec(name) ?? [];
  return stem === undefined || format === undefined ? undefined : `${stem}.${format}`;
}
