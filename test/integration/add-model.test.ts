/** `zipar add`, against servers on this machine that answer as the hub does. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AddedModels, AddModelMessage, RepositoryListing } from '../../sidecar/protocol';
import { TRANSFORMER_SIZES, transformerShapes, vqShapes } from '../checkpoints/llamagen-shapes';
import { writeSparseSafetensors } from '../checkpoints/sparse-safetensors';
import { HubServer, type HubContent } from '../hub/hub-server';
import { runZipar, type Outcome, type RunOptions } from './zipar-process';

const GOLDEN = path.join(__dirname, '../golden/llamagen-c2i');
const WEIGHTS = readFileSync(path.join(GOLDEN, 'model.safetensors'));
const FILES = {
  'README.md': Buffer.from('# a model'),
  'model.pt': readFileSync(path.join(GOLDEN, 'model.pt')),
  'model.safetensors': WEIGHTS,
  'zipar-model.json': readFileSync(path.join(GOLDEN, 'zipar-model.json')),
};
const TOKEN = 'hf_of-the-test';

let folder: string;
let hub: HubServer;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-add-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await hub.stop();
});

async function start(content: Partial<HubContent> = {}): Promise<void> {
  hub = await HubServer.start({ id: 'ada/model', files: FILES, tags: ['license:mit'], ...content });
}

function add(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const environment = { HF_ENDPOINT: hub.address, XDG_DATA_HOME: folder, ...options.environment };
  return runZipar(folder, ['add', ...args], { ...options, environment });
}

function lastLine(stdout: string): unknown {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}

/** Where the model goes unless something else is said. */
function ownFolder(): string {
  return path.join(folder, 'zipar-studio/models/ada--model');
}

describe('a model on the hub', () => {
  beforeEach(() => start());

  it('is listed with sizes, licence and what a model needs of it, and nothing is downloaded', async () => {
    const { code, stdout } = await add(['ada/model', '--list', '--json']);
    expect(code).toBe(0);
    const listing = lastLine(stdout) as RepositoryListing;
    expect(listing).toMatchObject({
      repository: 'ada/model',
      licence: 'mit',
      isGated: false,
      folder: ownFolder(),
    });
    expect(listing.freeBytes).toBeGreaterThan(0);
    expect(listing.files).toEqual(
      Object.entries(FILES).map(([name, { length: size }]) => ({
        path: name,
        size,
        suggested: ['model.safetensors', 'zipar-model.json'].includes(name),
        present: 0,
      })),
    );
    const text = await add(['ada/model', '--list']);
    expect(text.stdout).toContain('Licence: mit');
    expect(text.stdout).toMatch(/^\* +\d+ kB {2}model\.safetensors$/m);
    expect(text.stdout).toMatch(/^ {2} +9 bytes {2}README\.md$/m);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is downloaded, and runs as the report says', async () => {
    const { code, stdout, stderr } = await add(['ada/model']);
    expect(code).toBe(0);
    expect(stderr).toContain('licence: mit');
    expect(readdirSync(ownFolder()).sort()).toEqual(['model.safetensors', 'zipar-model.json']);
    expect(stdout).toContain('draws 10 classes, 8x8 tokens, tokens only');
    expect(stdout).toContain(`zipar generate --model "${ownFolder()}" --class 9 --tokens-only`);
    const generated = await runZipar(folder, [
      'generate',
      '--model',
      ownFolder(),
      '--class',
      '3',
      '--tokens-only',
    ]);
    expect(generated).toMatchObject({ code: 0, stderr: '' });
  });

  it('with its weights in a subfolder is downloaded as it lies, and runs as the report says', async () => {
    await hub.stop();
    const { 'README.md': readMe, ...model } = FILES;
    const inside = Object.entries(model).map(([name, bytes]) => [`weights/${name}`, bytes] as const);
    await start({ files: { 'README.md': readMe, ...Object.fromEntries(inside) } });
    const { code, stdout } = await add(['ada/model', '--json']);
    expect(code).toBe(0);
    expect((lastLine(stdout) as AddedModels).models).toMatchObject([
      { path: path.join(ownFolder(), 'weights'), classes: 10, grid: [8, 8] },
    ]);
    expect(readdirSync(path.join(ownFolder(), 'weights')).sort()).toEqual([
      'model.safetensors',
      'zipar-model.json',
    ]);
  });

  it('is downloaded in the files that are named only, to where it is wanted', async () => {
    const { code, stdout } = await add([
      'ada/model',
      '--only',
      '*.pt',
      '--only',
      'READ*',
      '--to',
      'here',
      '--json',
    ]);
    expect(code).toBe(0);
    expect(readdirSync(path.join(folder, 'here')).sort()).toEqual(['README.md', 'model.pt']);
    const added = lastLine(stdout) as AddedModels;
    expect(added.models).toEqual([]);
    expect(added.problems).toEqual([expect.stringContaining('its grid') as string]);
  });

  it('tells the process that started it how far it is', async () => {
    const messages: AddModelMessage[] = [];
    await add(['ada/model'], { onMessage: (message) => messages.push(message as AddModelMessage) });
    const total = WEIGHTS.length + FILES['zipar-model.json'].length;
    expect(messages.at(-1)).toMatchObject({
      type: 'download',
      received: total,
      total,
      file: 'zipar-model.json',
    });
  });

  it('is gone on with after the command was ended in the middle of a file', async () => {
    hub.bytesPerSecond = WEIGHTS.length / 5;
    const ended = await add(['ada/model'], {
      onStarted: (child) => {
        const timer = setInterval(() => {
          const begun = existsSync(ownFolder()) ? readdirSync(ownFolder()) : [];
          if (!begun.some((name) => statSync(path.join(ownFolder(), name)).size > 10_000)) return;
          clearInterval(timer);
          child.kill('SIGTERM');
        }, 20);
      },
    });
    expect(ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the same command goes on') as string,
    });
    expect(readdirSync(ownFolder())).toEqual([
      expect.stringMatching(/^model\.safetensors\.\w+\.part$/) as string,
    ]);
    hub.bytesPerSecond = undefined;
    expect(await add(['ada/model'])).toMatchObject({ code: 0 });
    expect(hub.ranges.at(-1)).toMatch(/^bytes=\d{5,}-$/);
    expect(readFileSync(path.join(ownFolder(), 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  });

  it.each([
    [['ada/nothing'], 'There is no model ada/nothing'],
    [['ada/model@nightly'], '“nightly”'],
    [['model'], 'write owner/name'],
    [['ada/model', '--only', '*.gguf'], '*.gguf'],
    [['./nowhere'], 'does not exist'],
    [['.', '--list'], '--list'],
  ])('%j is refused with exit code 2 and one sentence', async (args, said) => {
    const { code, stdout, stderr } = await add(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(said);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a repository that is not what it should be', () => {
  it('with a file that would lie outside the folder is refused', async () => {
    await start({ files: { ...FILES, '../../evil.json': Buffer.from('{}') } });
    const { code, stderr } = await add(['ada/model']);
    expect(code).toBe(2);
    expect(stderr).toContain('"../../evil.json"');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('with a damaged file is not kept', async () => {
    await start();
    hub.tampered.set('model.safetensors', Buffer.from(WEIGHTS).fill(0, 100, 120));
    expect(await add(['ada/model'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('model.safetensors came damaged') as string,
    });
    expect(readdirSync(ownFolder())).toEqual([]);
  });

  it('that is private asks for a token, and with it nobody else hears it', async () => {
    await start({ token: TOKEN });
    const messages: unknown[] = [];
    const refused = await add(['ada/model'], { onMessage: (message) => messages.push(message) });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('HF_TOKEN') as string });
    expect(messages).toEqual([{ type: 'token-needed' }]);
    const wrong = await add(['ada/model'], { environment: { HF_TOKEN: 'hf_wrong-one' } });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).not.toContain('hf_wrong-one');
    const right = await add(['ada/model'], { environment: { HF_TOKEN: TOKEN } });
    expect(right.code).toBe(0);
    expect(right.stdout + right.stderr).not.toContain(TOKEN);
    expect(
      hub.requests.filter(({ host }) => host === 'cdn').map(({ authorization }) => authorization),
    ).toEqual([undefined]);
  });
});

describe('a folder of this machine', () => {
  beforeEach(() => start());

  it('is looked at, and neither copied nor changed', async () => {
    const { code, stdout } = await add([GOLDEN, '--json']);
    expect(code).toBe(0);
    expect((lastLine(stdout) as AddedModels).models).toMatchObject([
      { path: GOLDEN, condition: 'class', classes: 10, grid: [8, 8], imageSize: null },
    ]);
    expect(hub.requests).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('with several transformers is as many models', async () => {
    mkdirSync(path.join(folder, 'two'));
    for (const name of ['c2i_B_256', 'c2i_B_384'])
      await writeSparseSafetensors(
        path.join(folder, 'two', `${name}.safetensors`),
        transformerShapes(TRANSFORMER_SIZES.B),
      );
    const { stdout } = await add(['./two', '--json']);
    const { models, problems } = lastLine(stdout) as AddedModels;
    expect(problems).toEqual([]);
    expect(models.map(({ name, classes, grid }) => [name, classes, grid])).toEqual([
      ['c2i_B_256', 1000, [16, 16]],
      ['c2i_B_384', 1000, [24, 24]],
    ]);
    expect(models[0]?.noPicture).toContain('vq_ds16_c2i.pt');
  });

  it('that keeps its models in subfolders is all of them, and what is no model is passed over', async () => {
    for (const [sub, name] of [
      ['c2i/256', 'c2i_B_256'],
      ['c2i/384', 'c2i_B_384'],
    ] as const) {
      mkdirSync(path.join(folder, 'deep', sub), { recursive: true });
      await writeSparseSafetensors(
        path.join(folder, 'deep', sub, `${name}.safetensors`),
        transformerShapes(TRANSFORMER_SIZES.B),
      );
    }
    await writeSparseSafetensors(path.join(folder, 'deep/c2i/256/vq_ds16_c2i.safetensors'), vqShapes());
    cpSync(path.join(__dirname, '../golden/t5-encoder'), path.join(folder, 'deep/t5'), { recursive: true });
    const { stdout } = await add(['./deep', '--json']);
    const { models, problems } = lastLine(stdout) as AddedModels;
    expect(problems).toEqual([]);
    expect(models.map((model) => [model.path, model.grid, model.noPicture !== null])).toEqual([
      [path.join(folder, 'deep/c2i/256'), [16, 16], false],
      [path.join(folder, 'deep/c2i/384'), [24, 24], true],
    ]);
  });

  it('with a truncated file is refused with the file’s name', async () => {
    cpSync(GOLDEN, path.join(folder, 'cut'), { recursive: true });
    rmSync(path.join(folder, 'cut/zipar-model.json'));
    rmSync(path.join(folder, 'cut/model.pt'));
    truncateSync(path.join(folder, 'cut/model.safetensors'), 5000);
    const { code, stderr } = await add(['./cut']);
    expect(code).toBe(2);
    expect(stderr).toContain('model.safetensors');
  });
});
