import { basename, dirname, resolve } from 'node:path';
import { exists } from '../../files/exists';
import { InputFileError, readJsonFile } from '../../files/input-file';
import { isJsonObject } from '../../files/strict-json';
import { openPytorchCheckpoint } from './pytorch-checkpoint';
import { openSafetensors } from './safetensors';
import { TensorDirectory } from './tensor-directory';
import type { TensorLocation } from './tensor-location';
import { quoted, WeightsError } from './weights-error';
import { sentence } from '../../protocol/sentence';

/** Bytes of an index at most. A tensor takes about 100 bytes, so this is enough for 40,000 tensors. */
const MAX_INDEX_BYTES = 4 << 20;
/** Shards at most. The largest real checkpoints have 200. */
const MAX_SHARDS = 1000;
/** Levels of the JSON: {weight_map: {name: shard}}, and metadata of any shape. */
const INDEX_DEPTH = 8;

/**
 * Locates the tensors of a sharded checkpoint by its `*.safetensors.index.json` or `*.bin.index.json`. `weight_map` says which
 * shard holds which tensor. Shards lie in the index file's folder or below it.
 *
 * @throws WeightsError
 */
export async function openShardIndex(path: string): Promise<TensorDirectory> {
  const indexPath = resolve(path);
  const shardOf = await readIndex(indexPath);
  const shards = new Map<string, TensorDirectory>();
  for (const shard of new Set(shardOf.values())) {
    if (shards.size === MAX_SHARDS)
      throw new WeightsError(indexPath, sentence`it names more than ${MAX_SHARDS} shards`);
    shards.set(shard, await openShard(indexPath, shardPath(indexPath, shard)));
  }
  const readable = new Map<string, TensorLocation>();
  const unreadable = new Map<string, WeightsError>();
  for (const [name, shard] of shardOf) {
    const tensors = shards.get(shard);
    const problem = tensors?.unreadable.get(name);
    if (problem) {
      unreadable.set(name, problem);
      continue;
    }
    const location = tensors?.get(name);
    if (!location)
      throw new WeightsError(
        indexPath,
        sentence`tensor ${quoted(name)} is not in ${quoted(shard)}, where the index sees it`,
      );
    readable.set(name, location);
  }
  return new TensorDirectory(readable, unreadable);
}

/** @throws WeightsError also when the shard is missing */
async function openShard(indexPath: string, path: string): Promise<TensorDirectory> {
  if (!(await exists(path)))
    throw new WeightsError(
      indexPath,
      sentence`the shard ${quoted(basename(path))} that it names is missing`,
      sentence`Download it into the same folder.`,
    );
  return path.endsWith('.bin') ? openPytorchCheckpoint(path) : openSafetensors(path);
}

/** Paths of the shards that an index names, absolute. @throws WeightsError */
export async function shardsOf(path: string): Promise<readonly string[]> {
  const indexPath = resolve(path);
  const shardOf = await readIndex(indexPath);
  return Array.from(new Set(shardOf.values()), (shard) => shardPath(indexPath, shard));
}

async function readIndex(indexPath: string): Promise<ReadonlyMap<string, string>> {
  const index = await readJson(indexPath);
  const map = isJsonObject(index) ? index.weight_map : undefined;
  if (!isJsonObject(map)) throw new WeightsError(indexPath, sentence`the index has no object "weight_map"`);
  const shardOf = new Map<string, string>();
  for (const [name, shard] of Object.entries(map)) {
    if (typeof shard !== 'string')
      throw new WeightsError(indexPath, sentence`the shard of tensor ${quoted(name)} is not a string`);
    shardOf.set(name, shard);
  }
  if (shardOf.size === 0) throw new WeightsError(indexPath, sentence`the index names no tensor`);
  return shardOf;
}

async function readJson(indexPath: string): Promise<unknown> {
  try {
    return await readJsonFile(indexPath, { maxBytes: MAX_INDEX_BYTES, maxDepth: INDEX_DEPTH });
  } catch (error) {
    throw error instanceof InputFileError ? WeightsError.of(error) : error;
  }
}

function shardPath(indexPath: string, shard: string): string {
  const segments = shard.split('/');
  const leavesFolder = /[\\:\0]/.test(shard) || segments.some((segment) => ['', '.', '..'].includes(segment));
  if (leavesFolder || !/\.(?:safetensors|bin)$/.test(shard)) {
    throw new WeightsError(
      indexPath,
      sentence`the shard ${quoted(shard)} is not a .safetensors or .bin file inside the index's folder`,
    );
  }
  return resolve(dirname(indexPath), shard);
}
