import { runtime } from '../../chosen-runtime';

/**
 * The place of keys, values and logits between two steps.
 * `device`: the memory of the device that computes them. They are not copied to this process's memory and back.
 * `host`: this process's memory. The CPU provider reads them there without a copy.
 */
export type Residence = 'host' | 'device';

/** The residence for a provider: `device` if the outputs of a graph can stay on its device, otherwise `host`. */
export function residenceOn(provider: string): Residence {
  return runtime.keepsOutputs(provider) ? 'device' : 'host';
}
