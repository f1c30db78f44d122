import { runtime } from '../../chosen-runtime';

/**
 * Where keys, values and logits lie between two passes. `device`: on the device that computes them, so that they do not cross
 * the bus. `host`: in this process's memory, where the CPU provider reads them in place.
 */
export type Residence = 'host' | 'device';

/** The residence on a provider: its device, where outputs can stay there. */
export function residenceOn(provider: string): Residence {
  return runtime.keepsOutputs(provider) ? 'device' : 'host';
}
