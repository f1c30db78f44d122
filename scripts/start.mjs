// @ts-check
/** `npm start`: turns a bare clone into a picture. It installs, builds, and lets the embedded model draw. */
import { fileURLToPath } from 'node:url';
import { ensureDependencies, runOrExit } from './ensure-dependencies.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
ensureDependencies();
runOrExit(process.execPath, ['scripts/build.mjs']);
const wanted = process.argv.slice(2);
const request = wanted.length > 0 ? wanted : ['a lake at dusk with a red sun and clouds'];
runOrExit(process.execPath, ['dist/zipar.js', 'generate', ...request]);
console.log(
  '\nTo watch a picture being made, step by step, in VS Code: npm run code, then F1, "ZipAR: Generate Image".',
);
