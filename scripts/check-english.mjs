// @ts-check
/**
 * Part of `npm run check`: looks for sentences in documents and comments that are not plain English. Arguments, names of files
 * or folders, limit the search.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { checkComments, checkMarkdown } from './plain-english.mjs';

const wanted = process.argv.slice(2);
const { stdout } = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...wanted], {
  encoding: 'utf8',
  maxBuffer: 1 << 26,
});

let findings = 0;
for (const file of stdout.split('\n').filter((name) => /\.(md|ts|mts|mjs)$/.test(name))) {
  const text = readFileSync(file, 'utf8');
  for (const { line, problem, sentence } of file.endsWith('.md')
    ? checkMarkdown(text)
    : checkComments(text)) {
    findings++;
    console.error(`${file}:${line}: ${problem}: ${sentence.slice(0, 160)}`);
  }
}
if (findings > 0) {
  console.error(`${findings} findings. CONTRIBUTING.md says how sentences are written.`);
  process.exitCode = 1;
}
