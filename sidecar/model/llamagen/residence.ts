/**
 * Where keys, values and logits lie between a pass and the next. `device`: on the device that computes them, so that they do
 * not cross the bus; `host`: in this process's memory, where the CPU provider reads them in place.
 */
export type Residence = 'host' | 'device';

/** WebGPU is the one provider whose outputs ONNX Runtime for Node.js can leave on the device; of any other they come to the host. */
export function residenceOn(provider: string): Residence {
  return provider === 'webgpu' ? 'device' : 'host';
}
