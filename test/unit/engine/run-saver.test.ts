import { EventEmitter } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { EngineEvents } from '../../../sidecar/engine/engine-events';
import { Run } from '../../../sidecar/engine/run';
import { RunSaver, saveEveryMs, savesFolder } from '../../../sidecar/engine/run-saver';
import { temporaryFolder } from '../extension/temporary-folder';
import { planOf, stepOf } from './engine-of-fakes';

const folder = temporaryFolder();
let saves: string;
let saver: RunSaver;
let told: string[];
let run: Run;
beforeEach(() => {
  saves = path.join(folder(), 'saves');
  const events: EngineEvents = new EventEmitter();
  told = [];
  events.on('notice', (text) => told.push(text));
  events.on('saved', (_, file) => told.push(`saved ${path.basename(file)}`));
  saver = new RunSaver(
    { folder: saves, everyMs: 60_000 },
    ({ trace }) => Promise.resolve(Buffer.from(`${trace.steps} steps`)),
    events,
  );
  run = new Run(3, planOf());
  run.beginDecoding([]);
});

/** Makes a step that takes a time, and lets the save of it end. */
async function step(number: number, ms: number): Promise<void> {
  run.record({ ...stepOf(number), ms });
  saver.onStep(run);
  await new Promise((resolve) => setTimeout(resolve, 50));
}

function contents(): string[] {
  return readdirSync(saves).map((name) => readFileSync(path.join(saves, name), 'utf8'));
}

describe('a run of minutes', () => {
  it('is saved once a minute into one file, and the file goes when the run is complete', async () => {
    await step(1, 59_000);
    expect(told).toEqual([]);
    await step(2, 2_000);
    expect(contents()).toEqual(['2 steps']);
    expect(told).toEqual([expect.stringMatching(/^saved \d{8}-\d{6}-7-\d+-3\.zipar$/)]);
    run.stage = { kind: 'complete', picture: undefined };
    await saver.onEnded(run);
    expect(contents()).toEqual([]);
  });

  it('is saved a last time when it is stopped, and forgotten when its owner has kept it', async () => {
    await step(1, 61_000);
    run.record({ ...stepOf(2), ms: 10 });
    run.stage = { kind: 'cancelled' };
    await saver.onEnded(run);
    expect(contents()).toEqual(['2 steps']);
    await saver.forget(run);
    expect(contents()).toEqual([]);
  });

  it('leaves no file when it is stopped in its first seconds', async () => {
    mkdirSync(saves);
    await step(1, 4_000);
    run.stage = { kind: 'cancelled' };
    await saver.onEnded(run);
    expect(contents()).toEqual([]);
  });

  it('goes on when it cannot be saved, and that is said once', async () => {
    writeFileSync(saves, 'no folder');
    await step(1, 61_000);
    await step(2, 61_000);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('it is not saved');
  });

  it('takes the place of the file that it went on from, if that lies in the same folder', async () => {
    mkdirSync(saves);
    const [own, others] = [path.join(saves, 'old.zipar'), path.join(folder(), 'others.zipar')];
    for (const file of [own, others]) writeFileSync(file, 'earlier');
    for (const resumedFrom of [own, others]) {
      run = new Run(3, planOf('cpu', { resumedFrom }));
      run.beginDecoding([]);
      run.record({ ...stepOf(1), ms: 10 });
      run.stage = { kind: 'complete', picture: undefined };
      await saver.onEnded(run);
    }
    expect(contents()).toEqual([]);
    expect(readFileSync(others, 'utf8')).toBe('earlier');
  });
});

describe('the place and the time of saves', () => {
  it('are those of the environment, else the cache and a minute', () => {
    expect(savesFolder({ ZIPAR_SAVES: '/a', ZIPAR_CACHE: '/b' })).toBe(path.resolve('/a'));
    expect(savesFolder({ ZIPAR_CACHE: '/b' })).toBe(path.resolve('/b/runs'));
    expect([
      saveEveryMs({}),
      saveEveryMs({ ZIPAR_SAVE_EVERY: '0.5' }),
      saveEveryMs({ ZIPAR_SAVE_EVERY: 'x' }),
    ]).toEqual([60_000, 500, 60_000]);
  });
});
