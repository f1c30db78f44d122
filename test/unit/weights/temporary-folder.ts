import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Files for one test file, removed when it ends. */
export function temporaryFolder(): {
  path: string;
  write: (name: string, content: Uint8Array | string) => string;
} {
  const path = mkdtempSync(join(tmpdir(), 'zipar-weights-'));
  afterAll(() => {
    rmSync(path, { recursive: true });
  });
  return {
    path,
    write: (name, content) => {
      writeFileSync(join(path, name), content);
      return join(path, name);
    },
  };
}
