import { createRequire } from 'module';

/** The least major version of Node.js that the programs run on, as `engines` in package.json says. */
export const LEAST_NODE = 20;

/**
 * Starts a program of `dist/`, unless this Node.js is too old to read it: then one sentence says so, with exit code 2.
 * This file and those that import it are built for old versions, and import nothing that those lack.
 * @param program its name; its bundle is `<program>-main.js`
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
