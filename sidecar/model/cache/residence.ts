/**
 * Where keys, values and logits lie between two passes. `device`: on the device that computes them, so that they do not cross
 * the bus. `host`: in this process's memory, where the CPU provider reads them in place.
 */
export type Residence = 'host' | 'device';

/**
 * The residence on a provider. Only with WebGPU can ONNX Runtime for Node.js leave outputs on the device; other providers
 * return them to the host.
 */
export function residenceOn(provider: string): Residence {
  return provider === 'webgpu' ? 'device' : 'host';
}
