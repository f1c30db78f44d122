import { runtime } from '../../chosen-runtime';
import { headProducts } from '../blocks/attention-products';
import type { CacheStrategy } from './cache-strategy';
import { buildCacheDropGraph, buildCacheMergeGraph, DeviceKeyValueCache } from './device-kv-cache';
import { cacheNames } from './kv-cache';
import { deviceCacheNodes } from './kv-cache-nodes';

/** Keys and values on the device: many past slots that passes only read, and few recent ones that each pass appends to. */
export const DEVICE_CACHE: CacheStrategy = {
  residence: 'device',
  nodes: deviceCacheNodes,
  pastProducts: headProducts,
  outputsOnDevice: cacheNames,
  open: async ({ kvHeads, headDim }, execution) => {
    const [cacheMerger, cacheDropper] = await Promise.all([
      runtime.open(buildCacheMergeGraph(kvHeads, headDim), '', execution, { onDevice: ['merged', 'last'] }),
      runtime.open(buildCacheDropGraph(kvHeads, headDim), '', execution, { onDevice: ['kept'] }),
    ]);
    return {
      newCache: (shape) => new DeviceKeyValueCache(shape, { cacheMerger, cacheDropper }),
      release: async () => {
        await Promise.all([cacheMerger.release(), cacheDropper.release()]);
      },
    };
  },
};
