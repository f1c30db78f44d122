// @ts-check
/** `npm run package`: makes the .vsix for this platform, with the ONNX Runtime of this platform only. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { ensureDependencies, runOrExit } from './ensure-dependencies.mjs';
import { packageFile } from './package-file.mjs';

const MAX_BYTES = 40e6;

ensureDependencies();
runOrExit(process.execPath, ['scripts/build.mjs']);

const target = `${process.platform}-${process.arch}`;
const packagePath = packageFile();

// .vscodeignore denies everything and allows files by name. Only the name of the native folder depends on the platform.
const folder = await mkdtemp(join(tmpdir(), 'zipar-package-'));
try {
  const ignoreFile = join(folder, 'vscodeignore');
  const native = `!node_modules/onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/**`;
  await writeFile(ignoreFile, `${await readFile('.vscodeignore', 'utf8')}\n${native}\n`);
  await createVSIX({
    cwd: process.cwd(),
    target,
    packagePath,
    ignoreFile,
    useYarn: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
} finally {
  await rm(folder, { recursive: true, force: true });
}

const { size } = await stat(packagePath);
console.log(`${packagePath}: ${(size / 1e6).toFixed(1)} MB`);
if (size > MAX_BYTES) {
  console.error(`The package is larger than ${MAX_BYTES / 1e6} MB.`);
  process.exitCode = 1;
}
