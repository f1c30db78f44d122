import { createRequire } from 'module';

/** The lowest major version of Node.js that the programs run on, as `engines` in package.json says. */
export const LEAST_NODE = 20;

/**
 * Starts a program of `dist/`. If this Node.js is too old to read the program, one sentence says so, and the exit code is
 * 2. This file and the files that import it are built for old versions. They import nothing that old versions lack.
 * @param program name of the program; its bundle is `<program>-main.js`
 */
export function launch(program: string): void {
  const { node } = process.versions;
  if (Number(node.split('.')[0]) >= LEAST_NODE) {
    createRequire(__filename)(`./${program}-main.js`);
    return;
  }
  process.stderr.write(
    `${program} needs Node.js ${LEAST_NODE} or newer; this is ${node} (${process.execPath}).\n`,
  );
  process.exitCode = 2;
}
