// @ts-check
/**
 * `npm run docs`: writes the tables and plots of the documentation from the figures in docs/figures/.
 * `npm run docs -- measure` measures these figures first. It takes some hours; what is measured already is kept, and the
 * same command goes on. Then it takes the pictures of the documentation in a real VS Code.
 */
import { copyFileSync } from 'node:fs';
import { bundleAndRun } from './bundle-and-run.mjs';
import { ensureDependencies, runOrExit } from './ensure-dependencies.mjs';
import { codeServerVersions } from './install-code-server.mjs';

const DECODERS = 'raster+8,16 zipar:16,12,9,8,6,4,2,1 zipar:9+8 zipar:9+16 zipar-adaptive:4,1 scd pjd:4';
const PICTURES = '100';
const EVALUATION = '.training/eval';

ensureDependencies();
runOrExit(process.execPath, ['scripts/build.mjs']);
if (process.argv[2] === 'measure') await measure();
await bundleAndRun('test/docs/write-docs.ts', 'dist/write-docs.mjs');

async function measure() {
  const compared = ['--decoders', DECODERS, '--images', PICTURES, '--jobs', '2', '--out', EVALUATION];
  runOrExit(process.execPath, ['dist/zipar.js', 'eval', ...compared]);
  copyFileSync(`${EVALUATION}/report.json`, 'docs/figures/decoders.json');
  /** The arguments of a benchmark that follow the file of its figures. @type {Readonly<Record<string, readonly string[]>>} */
  const benchmarks = {
    ...{ 'lookahead-drafts': ['10', '40'], 'lookahead-time': [], 'lookahead-simulated': [] },
    ...{ 'cache-length': [], precision: [], previews: [] },
  };
  for (const [name, more] of Object.entries(benchmarks)) {
    const out = [`docs/figures/${name}.json`, ...more];
    await bundleAndRun(`test/bench/${name}.ts`, `dist/bench-${name}.mjs`, out);
  }
  const janus = ['--out', 'docs/figures/janus-pro-1b.json'];
  await bundleAndRun('test/bench/janus-picture.ts', 'dist/bench-janus-picture.mjs', janus);
  const options = ['--precision', 'stored,int8,int4', '--rounds', '3'];
  const figures = (/** @type {string} */ model, /** @type {string} */ windows) => [
    ...[...options, '--windows', windows],
    ...['--out', `test/bench/results/amd-epyc-2-threads-${model}.json`],
  ];
  runOrExit(process.execPath, ['dist/zipar.js', 'bench', ...figures('embedded', '32,16,12,9,4,2')]);
  await bundleAndRun('test/bench/llamagen.ts', 'dist/bench-llamagen.mjs', [
    'B',
    ...figures('llamagen-b', '16,9,4,2'),
  ]);
  await bundleAndRun('test/docs/write-contact-sheet.ts', 'dist/write-contact-sheet.mjs');
  const inVsCode = ['run', '--project', 'end to end', 'look', 'comparison'];
  runOrExit(process.execPath, ['node_modules/vitest/vitest.mjs', ...inVsCode]);
  const newest = codeServerVersions.newest.vscode;
  copyFileSync(`test-artifacts/${newest}-dark-step-through.png`, 'docs/images/step-through.png');
  copyFileSync(`test-artifacts/${newest}-dark-comparison-end.png`, 'docs/images/comparison.png');
}
