/** Runs `zipar add` against servers on this machine that answer like the hub. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AddedModels, AddModelMessage, RepositoryListing } from '../../sidecar/protocol';
import { TRANSFORMER_SIZES, transformerShapes, vqShapes } from '../checkpoints/llamagen-shapes';
import { writeSparseSafetensors } from '../checkpoints/sparse-safetensors';
import { HubServer, type HubContent } from '../hub/hub-server';
import { ProxyServer } from '../hub/proxy-server';
import { TLS_IDENTITY } from '../hub/tls-identity';
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
/** Removes the machine's proxies, because they cannot find the tests' servers. */
const NO_PROXIES = Object.fromEntries(
  ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [
    [name, ''],
    [name.toLowerCase(), ''],
  ]),
);

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
  // A separate home folder, so that the tests do not use the access token of the user who runs them.
  const environment = {
    ...NO_PROXIES,
    HF_ENDPOINT: hub.address,
    XDG_DATA_HOME: folder,
    HF_HOME: folder,
    ...options.environment,
  };
  return runZipar(folder, ['add', ...args], { ...options, environment });
}

function lastLine(stdout: string): unknown {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}

/** The folder that a model goes to by default. */
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

  it('with its weights in a subfolder keeps the subfolder, and runs as the report says', async () => {
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

  it('is downloaded with only the named files, into the wanted folder', async () => {
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

  it('reports its progress to its parent process', async () => {
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

  it('continues after the command was ended in the middle of a file', async () => {
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

  it('that is private asks for a token, and sends the token to no other host', async () => {
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

describe('the address of a page', () => {
  const PUBLISHED = {
    'c2i_B_256.pt': Buffer.alloc(2000),
    'c2i_L_384.pt': Buffer.alloc(3000),
    'vq_ds16_c2i.pt': Buffer.alloc(1500),
  };

  async function marked(source: string): Promise<string[]> {
    const { code, stdout } = await add([source, '--list', '--json']);
    expect(code).toBe(0);
    return (lastLine(stdout) as RepositoryListing).files.flatMap(({ path: file, suggested }) =>
      suggested ? [file] : [],
    );
  }

  it('of a file means that file and its image decoder, on the hub and on its mirror', async () => {
    await start({ files: PUBLISHED });
    const expected = ['c2i_L_384.pt', 'vq_ds16_c2i.pt'];
    expect(await marked('https://huggingface.co/ada/model/blob/main/c2i_L_384.pt')).toEqual(expected);
    expect(await marked(`${hub.address}/ada/model/resolve/main/c2i_L_384.pt?download=true`)).toEqual(
      expected,
    );
    expect(await marked('hf://ada/model/c2i_L_384.pt')).toEqual(expected);
    expect(await marked('https://huggingface.co/ada/model')).toEqual(['c2i_B_256.pt', 'vq_ds16_c2i.pt']);
  });

  it.each([
    ['https://huggingface.co/ada/model/blob/main/nothing.pt', 'has no file "nothing.pt"'],
    ['https://huggingface.co/ada/model/tree/refs%2Fpr%2F3', '“refs/pr/3”'],
    ['https://huggingface.co/datasets/ada/model', 'is no model'],
  ])('that leads nowhere is one sentence: %s', async (source, said) => {
    await start({ files: PUBLISHED });
    const { code, stderr } = await add([source]);
    expect({ code, lines: stderr.trimEnd().split('\n').length }).toEqual({ code: 2, lines: 1 });
    expect(stderr).toContain(said);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('the environment', () => {
  it('may hold the token in the file of hf auth login', async () => {
    await start({ token: TOKEN, isGated: true });
    const refused = await add(['ada/model']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(
      `accept its terms at ${hub.address}/ada/model, then log in with "hf auth login"`,
    );
    writeFileSync(path.join(folder, 'token'), `${TOKEN}\n`);
    const { code, stdout, stderr } = await add(['ada/model']);
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain(TOKEN);
    const kept = await add(['ada/model', '--list'], { environment: { HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' } });
    expect(kept.code).toBe(0);
    expect(hub.requests.at(-1)?.authorization).toBeUndefined();
  });

  it.each(['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'])('may forbid every request: %s', async (name) => {
    await start();
    expect(await add(['ada/model'], { environment: { [name]: '1' } })).toEqual({
      code: 2,
      stdout: '',
      stderr: `zipar: ${name} is set, so no request is made to the hub: unset it to download, or name a folder of this computer.\n`,
    });
    expect(hub.requests).toEqual([]);
  });

  it('reports to the user that the hub wants a pause', async () => {
    await start();
    hub.intercept = (_host, _request, response) => {
      hub.intercept = undefined;
      response.writeHead(429, { 'Retry-After': '1' }).end();
      return true;
    };
    const messages: unknown[] = [];
    const { code, stderr } = await add(['ada/model', '--list'], {
      onMessage: (message) => messages.push(message),
    });
    expect(code).toBe(0);
    expect(messages).toEqual([
      { type: 'waiting', host: expect.stringMatching(/^127/) as string, seconds: 1 },
    ]);
    expect(stderr).toMatch(/had too many requests; the download goes on in 1 second\.\n$/);
  });
});

describe('a proxy', () => {
  let proxy: ProxyServer;
  beforeEach(async () => {
    proxy = await ProxyServer.start();
  });
  afterEach(() => proxy.stop());

  it('carries plain http, except to excluded hosts', async () => {
    await start();
    const environment = { HTTP_PROXY: `http://${proxy.host}` };
    expect((await add(['ada/model', '--list'], { environment })).code).toBe(0);
    expect(proxy.requests[0]).toBe(`GET ${hub.address}${hub.requests[0]?.path ?? ''}`);
    expect(proxy.requests).toHaveLength(hub.requests.length);
    proxy.requests.length = 0;
    expect((await add(['ada/model'], { environment: { ...environment, NO_PROXY: '127.0.0.1' } })).code).toBe(
      0,
    );
    expect(proxy.requests).toEqual([]);
  });

  it.each(['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY'])(
    'is gone through by a tunnel, with a user name and a password that nobody else hears: %s',
    async (variable) => {
      hub = await HubServer.startEncrypted({ id: 'ada/model', files: FILES });
      proxy.hosts = hub.places;
      proxy.login = 'ada:pass word';
      writeFileSync(path.join(folder, 'ca.pem'), TLS_IDENTITY.cert);
      const NODE_EXTRA_CA_CERTS = path.join(folder, 'ca.pem');
      const environment = {
        NODE_EXTRA_CA_CERTS,
        [variable]: `http://ada:pass%20word@${proxy.host}`,
        HF_TOKEN: TOKEN,
      };
      const { code, stdout, stderr } = await add(['ada/model'], { environment });
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(stdout + stderr).not.toContain('pass');
      expect(readFileSync(path.join(ownFolder(), 'model.safetensors')).equals(WEIGHTS)).toBe(true);
      expect(new Set(proxy.requests)).toEqual(new Set(['CONNECT hub.test:443', 'CONNECT cdn.test:443']));
      expect(
        new Set(hub.requests.map(({ host, authorization }) => `${host} ${authorization ?? ''}`)),
      ).toEqual(new Set([`hub Bearer ${TOKEN}`, 'cdn ']));
      const wrong = await add(['ada/model'], {
        environment: { ...environment, [variable]: `http://ada:passport@${proxy.host}` },
      });
      expect(wrong.code).toBe(1);
      expect(wrong.stderr).toMatch(
        new RegExp(
          `^zipar: The proxy ${proxy.host} \\(${variable}\\) does not let this user in \\(status 407\\).*\n$`,
        ),
      );
      expect(wrong.stderr).not.toContain('passport');
    },
  );

  it('that wants a password for plain http as well says so', async () => {
    await start();
    proxy.login = 'ada:secret';
    const refused = await add(['ada/model'], {
      environment: { http_proxy: `http://ada:passport@${proxy.host}` },
    });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^zipar: The proxy .* does not let this user in \(status 407\).*\n$/);
    expect(refused.stderr).not.toContain('passport');
    const right = await add(['ada/model'], {
      environment: { http_proxy: `http://ada:secret@${proxy.host}` },
    });
    expect(right.code).toBe(0);
  });

  it('that is missing or is not a proxy is reported in one sentence', async () => {
    await start();
    const { host } = proxy;
    await proxy.stop();
    const closed = await add(['ada/model'], { environment: { HTTP_PROXY: `http://ada:secret@${host}` } });
    proxy = await ProxyServer.start();
    expect(closed.code).toBe(1);
    expect(closed.stderr).toMatch(
      /^zipar: The proxy 127\.0\.0\.1:\d+ \(HTTP_PROXY\) cannot be reached \(ECONNREFUSED\).*\n$/,
    );
    const none = await add(['ada/model'], { environment: { HTTP_PROXY: 'http://ada:sec ret@' } });
    expect(none.code).toBe(2);
    expect(none.stderr).toMatch(/^zipar: HTTP_PROXY is no address of a proxy.*\n$/);
    expect(closed.stderr + none.stderr).not.toMatch(/sec ?ret/);
    expect(hub.requests).toEqual([]);
  });
});

describe('a folder of this machine', () => {
  beforeEach(() => start());

  it('that is the hub’s cache of a model is the snapshot of its main branch, whose files are links', async () => {
    const cache = path.join(folder, 'hub/models--ada--model');
    for (const name of ['refs', 'blobs', 'snapshots/abc'])
      mkdirSync(path.join(cache, name), { recursive: true });
    writeFileSync(path.join(cache, 'refs/main'), 'abc');
    for (const name of ['model.safetensors', 'zipar-model.json'] as const) {
      writeFileSync(path.join(cache, 'blobs', `of-${name.length}`), FILES[name]);
      symlinkSync(`../../blobs/of-${name.length}`, path.join(cache, 'snapshots/abc', name));
    }
    const args = ['generate', '--class', '3', '--tokens-only', '--seed', '1', '--json', '--model'];
    const [cached, plain] = [
      await runZipar(folder, [...args, cache]),
      await runZipar(folder, [...args, GOLDEN]),
    ];
    expect(cached).toMatchObject({ code: 0, stderr: '' });
    const tokens = (outcome: Outcome): unknown => (lastLine(outcome.stdout) as { tokens: unknown }).tokens;
    expect(tokens(cached)).toEqual(tokens(plain));
    const whole = await runZipar(folder, [...args, path.join(folder, 'hub')]);
    expect(whole.code).toBe(2);
    expect(whole.stderr).toContain('is a cache of models; name one of its folders: models--ada--model.');
    expect((lastLine((await add(['./hub', '--json'])).stdout) as AddedModels).models).toMatchObject([
      { path: cache },
    ]);
  });

  it('is read, and neither copied nor changed', async () => {
    const { code, stdout } = await add([GOLDEN, '--json']);
    expect(code).toBe(0);
    expect((lastLine(stdout) as AddedModels).models).toMatchObject([
      { path: GOLDEN, condition: 'class', classes: 10, grid: [8, 8], imageSize: null },
    ]);
    expect(hub.requests).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('with several transformers is one model for each', async () => {
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

  it('with models in subfolders is all these models, and other files are skipped', async () => {
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
