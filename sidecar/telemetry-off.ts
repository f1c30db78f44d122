/**
 * Turns ONNX Runtime's telemetry off in this process and its children. The library reads the variable from the real
 * environment when it is loaded. Worker threads have copies of `process.env`, so the main thread imports this module before
 * it starts any thread. The build puts this module first in every program.
 */
process.env.ORT_DISABLE_TELEMETRY = '1';
export {};
