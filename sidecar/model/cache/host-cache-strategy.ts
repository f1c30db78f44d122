import { queryProducts } from '../blocks/attention-products';
import type { CacheStrategy } from './cache-strategy';
import { HostKeyValueCache } from './host-kv-cache';
import { hostCacheNodes } from './kv-cache-nodes';

/** Keys and values in host memory, which the CPU reads in place. */
export const HOST_CACHE: CacheStrategy = {
  residence: 'host',
  nodes: hostCacheNodes,
  pastProducts: queryProducts,
  outputsOnDevice: () => [],
  open: () =>
    Promise.resolve({
      newCache: (shape) => new HostKeyValueCache(shape),
      release: () => Promise.resolve(),
    }),
};
