/**
 * Makes whole pictures with Janus-Pro-1B at its published size: 24x24 tokens, 384x384 pixels, in each precision. It tells the
 * time and the memory of the program.
 *
 * `npm run bench -- janus-pro-1b` makes the checkpoint of noise first, and deletes it in the end. With `--model FOLDER` it
 * measures a folder that is there, and leaves it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { tellTables } from '../docs/figure-table';
import { PeakMemory } from './process-memory';

const PRECISIONS = ['float16', 'int8', 'int4'] as const;
const DECODERS = [
  { name: 'raster', options: ['--decoder', 'raster'] },
  { name: 'ZipAR 9', options: ['--decoder', 'zipar', '--window', '9'] },
];
const PROMPT = 'a cat on a sofa by the window';

/** What `zipar generate --json` tells, as far as it is read here. */
interface Generated {
  readonly steps: number;
  readonly timings: {
    readonly loadMs: number;
    readonly decodeMs: number;
    readonly imageMs: number;
  };
}

/** Makes a picture in a process of its own. @returns a row of the table */
async function measure(
  model: string,
  home: string,
  precision: string,
  { name, options }: (typeof DECODERS)[number],
): Promise<(string | number)[]> {
  const args = ['generate', PROMPT, '--model', model, '--precision', precision, ...options];
  const out = ['--provider', 'cpu', '--seed', '7', '--json', '--out', path.join(home, 'picture.png')];
  const start = performance.now();
  const child = spawn(process.execPath, ['dist/zipar.js', ...args, ...out], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ZIPAR_CACHE: path.join(home, 'cache') },
  });
  const memory = new PeakMemory(child.pid ?? 0);
  const ended = once(child, 'close');
  const output = await text(child.stdout);
  const [code] = (await ended) as [number | null];
  memory.stop();
  if (code !== 0) throw new Error(`zipar generate ended with exit code ${code ?? 'unknown'}.`);
  const { steps, timings } = JSON.parse(output) as Generated;
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  const { loadMs, decodeMs, imageMs } = timings;
  const times = [performance.now() - start, loadMs, decodeMs, imageMs].map(seconds);
  return [precision, name, steps, ...times, `${(memory.total / 1e9).toFixed(1)} GB`];
}

/** Makes the checkpoint of noise. */
function makeCheckpoint(folder: string): string {
  const args = ['scripts/make-published-checkpoint.mjs', '--model', 'janus-pro-1b', '--out', folder];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`The checkpoint was not made: exit code ${status ?? 'unknown'}.`);
  return folder;
}

const { values } = parseArgs({ options: { model: { type: 'string' }, out: { type: 'string' } } });
const home = await mkdtemp(path.join(tmpdir(), 'zipar-janus-'));
try {
  const model = values.model ?? makeCheckpoint(path.join(home, 'Janus-Pro-1B'));
  const rows: (string | number)[][] = [];
  for (const precision of PRECISIONS)
    for (const decoder of DECODERS) rows.push(await measure(model, home, precision, decoder));
  const heads = [
    'weights',
    'decoder',
    'steps',
    'seconds in all',
    'loading',
    'decoding',
    'drawing',
    'peak memory',
  ];
  await tellTables({ 'janus-pro-1b': { heads, rows } }, values.out);
} finally {
  await rm(home, { recursive: true });
}
