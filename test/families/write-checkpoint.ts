import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pickle, pickledDict, pickledTensor, torchFile } from '../unit/weights/torch-file';
import { writeSafetensors } from '../unit/weights/write-safetensors';
import type { SmallTensor, Tensors } from './tensors';

/** How the weights of a checkpoint are stored. */
export interface Storage {
  readonly format: 'safetensors' | 'bin';
  readonly shards: number;
}

const STORAGE_TYPES: Partial<Record<SmallTensor['dtype'], string>> = {
  F32: 'FloatStorage',
  BF16: 'BFloat16Storage',
  I64: 'LongStorage',
};

/** Writes a checkpoint as it is published: its weights, whole or in shards with an index, and other files. */
export function writeCheckpoint(
  folder: string,
  tensors: Tensors,
  { format, shards }: Storage,
  files: Readonly<Record<string, string | Uint8Array | object>> = {},
): void {
  mkdirSync(folder, { recursive: true });
  const stem = format === 'bin' ? 'pytorch_model' : 'model';
  const write = (name: string, part: Tensors): void => {
    writeFileSync(path.join(folder, name), format === 'bin' ? torchCheckpoint(part) : writeSafetensors(part));
  };
  if (shards === 1) write(`${stem}.${format}`, tensors);
  else {
    const map: Record<string, string> = {};
    const size = Math.ceil(tensors.size / shards);
    for (let shard = 0; shard < shards; shard++) {
      const part = [...tensors].slice(shard * size, (shard + 1) * size);
      const name = `${stem}-${number(shard + 1)}-of-${number(shards)}.${format}`;
      write(name, new Map(part));
      for (const [tensor] of part) map[tensor] = name;
    }
    writeFileSync(
      path.join(folder, `${stem}.${format}.index.json`),
      JSON.stringify({ metadata: { total_size: 0 }, weight_map: map }),
    );
  }
  for (const [name, content] of Object.entries(files)) {
    const isText = typeof content === 'string' || content instanceof Uint8Array;
    writeFileSync(path.join(folder, name), isText ? content : JSON.stringify(content));
  }
}

/** What `torch.save(state_dict)` writes. @param key under which the state dict lies; at the top when absent */
export function torchCheckpoint(tensors: Tensors, key?: string): Buffer {
  const storages: Record<string, Buffer> = {};
  const entries: Record<string, Buffer> = {};
  for (const [i, [name, { dtype, shape, data }]] of [...tensors].entries()) {
    const elements = shape.reduce((product, length) => product * length, 1);
    const storageType = STORAGE_TYPES[dtype];
    if (storageType === undefined) throw new Error(`${dtype} is not written here.`);
    storages[String(i)] = data;
    entries[name] = pickledTensor({ storageType, key: String(i), elements, shape });
  }
  const dict = pickledDict(entries);
  return torchFile(pickle(key === undefined ? dict : pickledDict({ [key]: dict })), storages);
}

function number(n: number): string {
  return String(n).padStart(5, '0');
}
