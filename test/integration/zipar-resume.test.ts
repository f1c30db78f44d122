/** Runs that were stopped go on with the tokens that they would have had: after a kill, an interrupt, and from a trace. */
import type { ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTraceFile } from '../../sidecar/trace-file/trace-file';
import { SMALL_MODEL } from '../fixtures/small-model';
import { runZipar, type Outcome } from './zipar-process';

interface RunJson {
  readonly steps: number;
  readonly tokens: readonly number[];
  readonly image: string | null;
}

let folder: string;
let saves: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-resume-'));
  saves = path.join(folder, 'saves of runs');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function zipar(args: readonly string[], onStarted?: (child: ChildProcess) => void): Promise<Outcome> {
  return runZipar(folder, args, {
    environment: { ZIPAR_SAVES: saves, ZIPAR_CACHE: path.join(folder, 'cache') },
    ...(onStarted && { onStarted }),
  });
}

async function json(...args: readonly string[]): Promise<RunJson> {
  const { code, stdout, stderr } = await zipar([...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as RunJson;
}

function saved(): string[] {
  return existsSync(saves) ? readdirSync(saves).filter((name) => name.endsWith('.zipar')) : [];
}

/** Starts a run that saves itself after every step, and sends it a signal as soon as it has saved itself. */
async function stopped(signal: 'SIGKILL' | 'SIGINT', ...args: readonly string[]): Promise<Outcome> {
  let watch: NodeJS.Timeout | undefined;
  const outcome = await zipar([...args, '--save-every', '0.001'], (child) => {
    watch = setInterval(() => {
      if (saved().length === 0) return;
      clearInterval(watch);
      child.kill(signal);
    }, 2);
  });
  clearInterval(watch);
  return outcome;
}

const RUN = ['generate', 'mountains at dusk', '--seed', '11', '--tokens-only'] as const;
const SMALL_RUN = [...RUN, '--model', SMALL_MODEL] as const;

describe('a run that was killed', () => {
  it.each([
    ['raster order', ['--decoder', 'raster']],
    ['ZipAR', ['--window', '4', '--stand-in', 'reference']],
    ['ZipAR adaptive', ['--decoder', 'zipar-adaptive', '--window', '4']],
    ['ZipAR with a lookahead', ['--window', '4', '--lookahead', '3']],
  ])('goes on from the file that it saved, with the same tokens: %s', async (_, decoder) => {
    const whole = await json(...SMALL_RUN, ...decoder);
    expect(await stopped('SIGKILL', ...SMALL_RUN, ...decoder)).toMatchObject({ code: null, stdout: '' });
    const [name = ''] = saved();
    const file = path.join(saves, name);
    const record = await readTraceFile(readFileSync(file));
    expect(record?.run.state).toBe('running');
    expect(record?.snapshot.step).toBeLessThan(whole.steps);
    const { tokens, steps } = await json('generate', '--resume', file);
    expect(tokens).toEqual(whole.tokens);
    if (!decoder.includes('--lookahead')) expect(steps).toBe(whole.steps);
    expect(saved()).toEqual([]);
  });
});

describe('a run that was interrupted', () => {
  it('says how it goes on, and goes on to the same picture', async () => {
    const run = [
      'generate',
      'mountains at dusk',
      '--seed',
      '12',
      '--decoder',
      'raster',
      '--model',
      SMALL_MODEL,
    ];
    const whole = await json(...run, '--out', 'whole.png');
    const { code, stderr, stdout } = await stopped('SIGINT', ...run);
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    const [, quoted = ''] =
      /^zipar: stopped after step \d+; go on with: zipar generate --resume (.*)\n$/.exec(stderr) ?? [];
    const file = JSON.parse(quoted) as string;
    expect(saved()).toEqual([path.basename(file)]);
    const { tokens } = await json('generate', '--resume', file, '--out', 'resumed.png');
    expect(tokens).toEqual(whole.tokens);
    expect(saved()).toEqual([]);
    const [one, other] = ['whole.png', 'resumed.png'].map((name) => readFileSync(path.join(folder, name)));
    const pixels = async (png: Buffer | undefined): Promise<unknown> => {
      const record = await readTraceFile(png ?? Buffer.alloc(0));
      return record && { ...record.snapshot, stepMs: [], tracks: [] };
    };
    expect(await pixels(other)).toEqual(await pixels(one));
  });
});

describe('going on', () => {
  async function refusal(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await zipar(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^zipar: [^\n]+\.\n$/);
    return stderr;
  }

  beforeAll(async () => {
    mkdirSync(path.join(folder, 'traces'));
    for (const decoder of ['zipar', 'scd'])
      await json(...RUN, '--decoder', decoder, '--trace', `traces/${decoder}.zipar`);
  });

  it('from a complete run only draws its picture', async () => {
    const made = await json('generate', '--resume', 'traces/zipar.zipar');
    expect(made.tokens).toEqual((await json(...RUN)).tokens);
  });

  it('is refused with other settings than those of the file', async () => {
    const file = ['--resume', 'traces/zipar.zipar'];
    expect(await refusal('generate', ...file, '--seed', '12')).toContain('seed 11');
    expect(await refusal('generate', ...file, '--temperature', '0.5')).toContain('temperature');
    expect(await refusal('generate', ...file, '--window', '5')).toContain('window');
    expect(await refusal('generate', 'a boat', ...file)).toContain('--resume');
    expect(await refusal('generate', ...file, '--count', '2')).toContain('--resume');
  });

  it('is refused for decoders whose drafts no file keeps', async () => {
    expect(await refusal('generate', '--resume', 'traces/scd.zipar')).toContain('scd');
  });

  it('is refused for files that are none', async () => {
    writeFileSync(
      path.join(folder, 'broken.zipar'),
      readFileSync(path.join(folder, 'traces/zipar.zipar')).subarray(0, 100),
    );
    expect(await refusal('generate', '--resume', 'broken.zipar')).toContain('broken.zipar');
    expect(await refusal('generate', '--resume', 'missing.zipar')).toContain('missing.zipar');
    expect(await refusal(...RUN, '--save-every', '-1')).toContain('--save-every');
  });

  it('tells no folders in a trace that the user asked for', async () => {
    const record = await readTraceFile(readFileSync(path.join(folder, 'traces/zipar.zipar')));
    expect(record?.places).toBeUndefined();
  });
});
