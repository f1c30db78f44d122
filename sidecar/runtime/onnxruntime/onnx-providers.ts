import { onnxLibrary } from './load-library';

/** Execution providers that this build of ONNX Runtime has. @throws RuntimeUnavailableError */
export function builtInProviders(): readonly string[] {
  return onnxLibrary()
    .listSupportedBackends()
    .flatMap((backend) => (backend.bundled ? [backend.name] : []));
}

/** Only with WebGPU can ONNX Runtime for Node.js leave outputs on the device. Other providers return them to the host. */
export function keepsOutputs(provider: string): boolean {
  return provider === 'webgpu';
}
