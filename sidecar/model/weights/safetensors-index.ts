import { dirname, resolve } from 'node:path';
import { openSafetensors, parseJson } from './safetensors';
import { isJsonObject } from '../../files/strict-json';
import type { TensorDirectory, TensorLocation } from './tensor-location';
import { WeightFile } from './weight-file';
import { quoted, WeightsError } from './weights-error';

const MAX_INDEX_BYTES = 100_000_000;
const MAX_SHARDS = 10_000;
/** {weight_map: {name: shard}}, and metadata that nobody checks the shape of. */
const INDEX_DEPTH = 8;

/**
 * Locates the tensors of a checkpoint in shards by its `*.safetensors.index.json`, which says in `weight_map` which
 * shard holds which tensor. Shards lie in the index file's folder or below it.
 *
 * @throws WeightsError
 */
export async function openSafetensorsIndex(path: string): Promise<TensorDirectory> {
  const { indexPath, shardOf } = await readIndex(path);
  const shards = new Map<string, TensorDirectory>();
  for (const shard of new Set(shardOf.values())) {
    if (shards.size === MAX_SHARDS)
      throw new WeightsError(indexPath, `it names more than ${MAX_SHARDS} shards`);
    shards.set(shard, await openSafetensors(shardPath(indexPath, shard)));
  }
  const tensors = new Map<string, TensorLocation>();
  for (const [name, shard] of shardOf) {
    const location = shards.get(shard)?.get(name);
    if (!location)
      throw new WeightsError(
        indexPath,
        `tensor ${quoted(name)} is not in ${quoted(shard)}, where the index sees it`,
      );
    tensors.set(name, location);
  }
  return tensors;
}

async function readIndex(path: string): Promise<{ indexPath: string; shardOf: ReadonlyMap<string, string> }> {
  return WeightFile.use(path, async (file) => {
    if (file.size > MAX_INDEX_BYTES)
      throw new WeightsError(file.path, `an index of ${file.size} bytes is too long`);
    const index = parseJson(file.path, await file.read(0, file.size, 'the index'), INDEX_DEPTH, 'the index');
    const map = isJsonObject(index) ? index.weight_map : undefined;
    if (!isJsonObject(map)) throw new WeightsError(file.path, 'the index has no object "weight_map"');
    const shardOf = new Map<string, string>();
    for (const [name, shard] of Object.entries(map)) {
      if (typeof shard !== 'string')
        throw new WeightsError(file.path, `the shard of tensor ${quoted(name)} is not a string`);
      shardOf.set(name, shard);
    }
    if (shardOf.size === 0) throw new WeightsError(file.path, 'the index names no tensor');
    return { indexPath: file.path, shardOf };
  });
}

function shardPath(indexPath: string, shard: string): string {
  const segments = shard.split('/');
  const leavesFolder = /[\\:\0]/.test(shard) || segments.some((segment) => ['', '.', '..'].includes(segment));
  if (leavesFolder || !shard.endsWith('.safetensors')) {
    throw new WeightsError(
      indexPath,
      `the shard ${quoted(shard)} is not a .safetensors file inside the index's folder`,
    );
  }
  return resolve(dirname(indexPath), shard);
}
