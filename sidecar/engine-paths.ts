import path from 'node:path';
import type { EnginePaths } from './engine/engine-parts';

/**
 * The paths of the engine. In a checkout, also the path of the judge of the embedded model's pictures; the extension comes
 * without it.
 */
interface ProgramPaths extends EnginePaths {
  readonly judge: string;
}

/** The files that belong to the bundled programs in dist/. */
export function enginePaths(): ProgramPaths {
  return {
    worker: path.join(__dirname, 'inference-worker.js'),
    files: path.join(__dirname, 'file-worker.js'),
    pictures: path.join(__dirname, 'picture-program.js'),
    proof: path.join(__dirname, 'provider-proof.js'),
    models: path.join(__dirname, '../sidecar/models'),
    judge: path.join(__dirname, '../sidecar/judge'),
  };
}
