import path from 'node:path';
import type { EnginePaths } from './engine/engine';

/** Where the bundled programs in dist/ find what belongs to them. */
export function enginePaths(): EnginePaths {
  return {
    worker: path.join(__dirname, 'inference-worker.js'),
    models: path.join(__dirname, '../sidecar/models'),
  };
}
