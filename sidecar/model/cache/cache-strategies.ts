import type { CacheStrategy } from './cache-strategy';
import { DEVICE_CACHE } from './device-cache-strategy';
import { HOST_CACHE } from './host-cache-strategy';
import type { Residence } from './residence';

/** The way to keep keys and values for each place where they can lie. */
export const CACHE_STRATEGIES: Readonly<Record<Residence, CacheStrategy>> = {
  host: HOST_CACHE,
  device: DEVICE_CACHE,
};
