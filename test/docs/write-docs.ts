/** Writes what the documentation shows of measured figures. The figures are in JSON files of the checkout. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { madeFiles, withMadeParts } from './made-parts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

for (const made of await madeFiles(ROOT)) {
  const file = path.join(ROOT, made.file);
  const before = await readFile(file, 'utf8');
  const now = withMadeParts(before, made);
  if (now !== before) await writeFile(file, now);
  console.log(`${now === before ? 'same   ' : 'written'} ${made.file}`);
}
