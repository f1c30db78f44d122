import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { OutgoingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { downloadModel, type ModelDownload } from '../../../sidecar/hub/download-model';
import { HubConnection, type HubConnectionOptions, type HubWait } from '../../../sidecar/hub/hub-connection';
import type { HubLogin } from '../../../sidecar/hub/hub-login';
import { openRepository } from '../../../sidecar/hub/hub-repository';
import { parseRepositoryName } from '../../../sidecar/hub/repository-name';
import { HubServer, type HubContent } from '../../hub/hub-server';
import { temporaryFolder } from '../extension/temporary-folder';

const WEIGHTS = randomBytes(300_000, 1);
const MANIFEST = Buffer.from('{"format": "zipar-model"}');
const FILES = {
  'model.safetensors': WEIGHTS,
  'zipar-model.json': MANIFEST,
  'README.md': Buffer.from('# model'),
};
const TOKEN = 'hf_of-the-test';

/** Makes random bytes, the same for the same seed (the upper bytes of a linear congruential generator). */
function randomBytes(length: number, seed: number): Buffer {
  let state = seed;
  return Buffer.from(
    Uint8Array.from({ length }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    }),
  );
}

const folder = temporaryFolder();
let server: HubServer | undefined;
afterEach(() => server?.stop());

async function start(content: Partial<HubContent> = {}): Promise<HubServer> {
  server = await HubServer.start({ id: 'ada/model', files: FILES, ...content });
  return server;
}

function login(token?: string): HubLogin {
  return { token, source: 'HF_TOKEN' };
}

/** Downloads all files of a repository into the test's folder. */
async function download(
  hub: HubServer,
  token?: string,
  change: Partial<ModelDownload> = {},
  options: HubConnectionOptions = {},
): Promise<void> {
  const connection = new HubConnection(hub.address, login(token), options);
  const signal = change.signal ?? new AbortController().signal;
  const repository = await openRepository(connection, parseRepositoryName('ada/model'), signal);
  await downloadModel(connection, {
    repository,
    files: repository.files,
    folder: folder(),
    signal,
    onProgress: () => undefined,
    retryDelayMs: 1,
    ...change,
  });
}

function names(): string[] {
  return readdirSync(folder()).sort();
}

describe('a download', () => {
  it('gets every file, from whichever host it lies with, and leaves nothing else', async () => {
    const hub = await start({
      files: { ...FILES, 'sub/vocab file#1.json': Buffer.from('[]'), 'empty.json': Buffer.alloc(0) },
    });
    await download(hub);
    expect(names()).toEqual(['README.md', 'empty.json', 'model.safetensors', 'sub', 'zipar-model.json']);
    expect(readFileSync(join(folder(), 'model.safetensors')).equals(WEIGHTS)).toBe(true);
    expect(readFileSync(join(folder(), 'sub/vocab file#1.json'), 'utf8')).toBe('[]');
    expect(statSync(join(folder(), 'empty.json')).size).toBe(0);
  });

  it('reports its progress over all files together', async () => {
    const hub = await start();
    const received: number[] = [];
    await download(hub, undefined, { onProgress: (bytes) => received.push(bytes) });
    expect(received).toEqual([...received].sort((a, b) => a - b));
    expect(received.at(-1)).toBe(Object.values(FILES).reduce((sum, bytes) => sum + bytes.length, 0));
  });

  it('does not request existing files again, and replaces different ones', async () => {
    const hub = await start();
    await download(hub);
    writeFileSync(join(folder(), 'zipar-model.json'), '{"format": "zipar-modem"}');
    hub.requests.length = 0;
    await download(hub);
    expect(hub.requests.filter(({ path }) => path.includes('/resolve/')).map(({ path }) => path)).toEqual([
      expect.stringContaining('zipar-model.json') as string,
    ]);
    expect(readFileSync(join(folder(), 'zipar-model.json')).equals(MANIFEST)).toBe(true);
  });

  it('continues after the connection breaks, even several times', async () => {
    const hub = await start();
    hub.breakAfter = [100_000, 50_000];
    await download(hub);
    const [first, second, third] = hub.ranges;
    expect([first, hub.ranges.length]).toEqual(['', 3]);
    expect(second).toMatch(/^bytes=[1-9]\d*-$/);
    expect(third).not.toBe(second);
    expect(readFileSync(join(folder(), 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  });

  it('gives up when no more data comes, keeps the data, and the next download continues from there', async () => {
    const hub = await start();
    hub.breakAfter = [100_000, 0, 0, 0, 0, 0];
    await expect(download(hub)).rejects.toMatchObject({
      reason: 'transfer',
      message: expect.stringMatching(
        /^The connection broke after \d+ of 300000 bytes of model\.safetensors/,
      ) as string,
    });
    const [part = ''] = names();
    expect(part).toMatch(/^model\.safetensors\.[0-9a-f]{12}\.part$/);
    const kept = statSync(join(folder(), part)).size;
    expect(kept).toBeGreaterThan(0);
    hub.requests.length = 0;
    hub.breakAfter = [];
    await download(hub);
    expect(hub.ranges).toEqual([`bytes=${kept}-`]);
    expect(names()).toEqual(['README.md', 'model.safetensors', 'zipar-model.json']);
    expect(readFileSync(join(folder(), 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  });

  it('begins again if the server does not support ranges', async () => {
    const hub = await start();
    hub.hasRanges = false;
    hub.breakAfter = [100_000];
    await download(hub);
    expect(readFileSync(join(folder(), 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  });

  it('keeps its data when it is stopped, and continues later', async () => {
    const hub = await start();
    const aborter = new AbortController();
    hub.bytesPerSecond = 1_000_000;
    const stopped = download(hub, undefined, {
      signal: aborter.signal,
      onProgress: (received) => {
        if (received > 40_000) aborter.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    expect(names()).toEqual([expect.stringMatching(/\.part$/) as string]);
    hub.bytesPerSecond = undefined;
    await download(hub);
    expect(hub.ranges.at(-1)).toMatch(/^bytes=\d{5,}-$/);
    expect(readFileSync(join(folder(), 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  });
});

describe('a file that is not what the hub says', () => {
  it.each(['model.safetensors', 'zipar-model.json'] as const)(
    'is deleted and named where its checksum is wrong: %s',
    async (name) => {
      const hub = await start();
      const bytes = Buffer.from(FILES[name]);
      bytes[10] = (bytes[10] ?? 0) ^ 1;
      hub.tampered.set(name, bytes);
      await expect(download(hub)).rejects.toMatchObject({
        reason: 'transfer',
        message: expect.stringContaining(`${name} came damaged`) as string,
      });
      expect(names().filter((found) => found.startsWith(name))).toEqual([]);
    },
  );

  it('is never written beyond its size', async () => {
    const hub = await start();
    hub.tampered.set('model.safetensors', Buffer.concat([WEIGHTS, Buffer.alloc(100_000)]));
    await expect(download(hub)).rejects.toMatchObject({
      message: expect.stringContaining('sent 400000 bytes in place of the 300000') as string,
    });
    expect(names()).toEqual([]);
  });

  it('is detected at the end if an earlier download left wrong bytes, and then starts again', async () => {
    const hub = await start();
    hub.breakAfter = [100_000, 0, 0, 0, 0, 0];
    await expect(download(hub)).rejects.toThrow('connection broke');
    const part = join(folder(), names()[0] ?? '');
    const kept = statSync(part).size;
    writeFileSync(part, Buffer.alloc(kept));
    hub.breakAfter = [];
    hub.requests.length = 0;
    await download(hub);
    expect(hub.ranges).toEqual([`bytes=${kept}-`, '']);
    expect(readFileSync(join(folder(), 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  });
});

describe('an answer that is not part of the file', () => {
  const PAGE = Buffer.from('<html>Please accept the terms of this network</html>');

  /** Makes the other host give this answer once. */
  function answerOnce(hub: HubServer, status: number, headers: OutgoingHttpHeaders, body: Buffer): void {
    hub.intercept = (host, _request, response) => {
      if (host !== 'cdn') return false;
      hub.intercept = undefined;
      response.writeHead(status, headers);
      response.end(body);
      return true;
    };
  }

  const length = { 'Content-Length': PAGE.length };
  it.each<[string, number, OutgoingHttpHeaders, Buffer]>([
    ['a short page', 200, length, PAGE],
    ['a page of unknown length', 200, { 'Content-Type': 'text/html; charset=utf-8' }, PAGE],
    ['a text of unknown length', 200, {}, PAGE],
    [
      'a page that calls itself a part',
      206,
      { 'Content-Type': 'text/html', 'Content-Range': 'bytes 0-51/300000' },
      PAGE,
    ],
    ['a part of another file', 206, { ...length, 'Content-Range': 'bytes 0-51/52' }, PAGE],
    ['another part', 206, { ...length, 'Content-Range': 'bytes 100-151/300000' }, PAGE],
    ['a part that is longer than it says', 206, { 'Content-Range': 'bytes 0-9/300000', ...length }, PAGE],
    ['a part without a range', 206, length, PAGE],
    ['a part beyond the end', 206, { 'Content-Range': 'bytes 0-300000/*' }, PAGE],
    [
      'a compressed part',
      206,
      { 'Content-Encoding': 'gzip', 'Content-Range': 'bytes 0-51/300000' },
      gzipSync(PAGE),
    ],
    ['a compressed page', 200, { 'Content-Encoding': 'gzip' }, gzipSync(PAGE)],
    [
      'a compressed file that grows without end',
      200,
      { 'Content-Encoding': 'gzip' },
      gzipSync(Buffer.alloc(10_000_000)),
    ],
    ['a longer file', 200, {}, Buffer.alloc(300_001)],
    ['nothing', 204, {}, Buffer.alloc(0)],
  ])('is not kept, and what is right comes after it: %s', async (_, status, headers, body) => {
    const hub = await start();
    answerOnce(hub, status, headers, body);
    await download(hub);
    expect(hub.ranges).toEqual(['', '']);
    expect(readFileSync(join(folder(), 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  });

  it('does not damage the data of an earlier download', async () => {
    const hub = await start();
    hub.breakAfter = [100_000, 0, 0, 0, 0, 0];
    await expect(download(hub)).rejects.toThrow('connection broke');
    const part = join(folder(), names()[0] ?? '');
    const kept = statSync(part).size;
    for (const body of [PAGE, Buffer.concat([WEIGHTS.subarray(0, kept + 50), PAGE])]) {
      hub.intercept = (host, _request, response) => {
        if (host === 'cdn') response.writeHead(200, {}).end(body);
        return host === 'cdn';
      };
      await expect(download(hub)).rejects.toMatchObject({ reason: 'transfer' });
      expect(readFileSync(part).equals(WEIGHTS.subarray(0, kept))).toBe(true);
    }
    hub.intercept = undefined;
    hub.breakAfter = [];
    hub.requests.length = 0;
    await download(hub);
    expect(hub.ranges).toEqual([`bytes=${kept}-`]);
    expect(readFileSync(join(folder(), 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  });

  it('may be the whole file instead of the rest, even compressed', async () => {
    const hub = await start();
    hub.breakAfter = [100_000];
    hub.intercept = (host, request, response) => {
      if (host !== 'cdn' || request.headers.range === undefined) return false;
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(WEIGHTS));
      return true;
    };
    await download(hub);
    expect(hub.ranges).toHaveLength(2);
    expect(readFileSync(join(folder(), 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  });

  it('is never kept, whatever the answer is (seeded)', async () => {
    const hub = await start();
    const random = randomBytes(400, 7);
    let drawn = 0;
    const pick = (count: number): number => (random[drawn++ % random.length] ?? 0) % count;
    const right = (from: number): OutgoingHttpHeaders => ({
      'Content-Range': `bytes ${from}-${WEIGHTS.length - 1}/${WEIGHTS.length}`,
    });
    hub.intercept = (host, { headers }, response) => {
      if (host !== 'cdn') return false;
      const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
      const junk = randomBytes(1 + pick(200) * pick(200), pick(256));
      const some = WEIGHTS.subarray(from, from + 1 + pick(256) * 100);
      const answers: (() => void)[] = [
        () => response.writeHead(200, {}).end(junk),
        () => response.writeHead(200, { 'Content-Length': junk.length }).end(junk),
        () =>
          response
            .writeHead(206, { 'Content-Range': `bytes ${from + 1}-${WEIGHTS.length - 1}/300000` })
            .end(junk),
        () => response.writeHead(200, { 'Content-Type': 'text/html' }).end(junk),
        () => response.writeHead(503, {}).end(junk),
        () => response.destroy(),
        // The bytes are right, but the connection breaks off.
        () => response.writeHead(206, right(from)).write(some, () => setTimeout(() => response.destroy(), 5)),
        () =>
          response
            .writeHead(200, {})
            .write(WEIGHTS.subarray(0, 1 + pick(256) * 500), () => response.destroy()),
      ];
      answers[pick(answers.length)]?.();
      return true;
    };
    for (let round = 0; round < 12; round++) {
      await download(hub).catch((error: unknown) => {
        expect(error).toMatchObject({ name: 'HubError', reason: 'transfer' });
      });
      for (const name of names().filter((found) => found.endsWith('.part'))) {
        const kept = readFileSync(join(folder(), name));
        expect(kept.equals(WEIGHTS.subarray(0, kept.length))).toBe(true);
      }
    }
    hub.intercept = undefined;
    await download(hub);
    expect(readFileSync(join(folder(), 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  });
});

describe('a server that sends very slowly', () => {
  const SOON = { windowMs: 100, bytes: 1000 };

  it('ends with a sentence, even if it sends a byte at times', async () => {
    const hub = await start();
    hub.bytesPerSecond = 50;
    await expect(download(hub, undefined, {}, { leastSpeed: SOON })).rejects.toMatchObject({
      reason: 'transfer',
      message: expect.stringMatching(/sends almost nothing \(\d+ bytes came in 0\.1 seconds\)/) as string,
    });
  });

  it('and breaks off after each byte ends with one as well', async () => {
    const hub = await start();
    hub.breakAfter = Array.from({ length: 100 }, () => 1);
    await expect(download(hub)).rejects.toThrow(/^The connection broke after \d of 300000 bytes/);
    expect(hub.ranges.length).toBeLessThan(10);
  });

  it('and sends no headers ends with one as well', async () => {
    const hub = await start();
    hub.intercept = () => true;
    await expect(download(hub, undefined, {}, { answerMs: 50 })).rejects.toThrow(
      /did not answer within 0\.05 seconds/,
    );
  });

  it('but sends the least allowed amount goes on', async () => {
    const hub = await start();
    hub.bytesPerSecond = 600_000;
    await download(hub, undefined, {}, { leastSpeed: { windowMs: 50, bytes: 1 }, answerMs: 20_000 });
    expect(readFileSync(join(folder(), 'model.safetensors')).equals(WEIGHTS)).toBe(true);
  });
});

describe('a server that has had too many requests', () => {
  it.each([
    ['hub', 429, { RateLimit: '"api";r=0;t=1' }],
    ['cdn', 503, { 'Retry-After': '1' }],
  ] as const)(
    'is waited for as it says, and then asked again: %s, status %i',
    async (host, status, headers) => {
      const hub = await start();
      const waits: HubWait[] = [];
      hub.intercept = (asked, _request, response) => {
        if (asked !== host) return false;
        hub.intercept = undefined;
        response.writeHead(status, headers).end();
        return true;
      };
      await download(hub, undefined, {}, { onWait: (wait) => waits.push(wait) });
      expect(waits).toEqual([{ host: expect.stringMatching(/^127/) as string, seconds: 1 }]);
      expect(readFileSync(join(folder(), 'model.safetensors')).equals(WEIGHTS)).toBe(true);
    },
  );

  it.each([
    [429, { 'Retry-After': '7200' }, /had too many requests from here; try again in 2 hours\.$/],
    [503, { 'Retry-After': '600' }, /is busy \(status 503\); try again in 10 minutes\.$/],
    [429, {}, /had too many requests from here; try again in some minutes\.$/],
  ])('and wants too long a pause is asked once: %i %j', async (status, headers, message) => {
    const hub = await start();
    hub.intercept = (host, _request, response) => {
      if (host === 'cdn') response.writeHead(status, headers).end();
      return host === 'cdn';
    };
    await expect(download(hub)).rejects.toMatchObject({
      reason: 'later',
      message: expect.stringMatching(message) as string,
    });
    expect(hub.ranges).toHaveLength(1);
  });

  it('can be abandoned during the wait', async () => {
    const hub = await start();
    const aborter = new AbortController();
    hub.intercept = (_host, _request, response) => {
      response.writeHead(429, { 'Retry-After': '300' }).end();
      return true;
    };
    const waiting = download(
      hub,
      undefined,
      { signal: aborter.signal },
      {
        onWait: () => {
          aborter.abort();
        },
      },
    );
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('nothing is written outside the folder', () => {
  it.each([
    '../evil.json',
    'sub/../../evil.json',
    '/etc/evil.json',
    'C:/evil.json',
    'sub\\..\\evil.json',
    'nul\u0000.json',
    'sub//evil.json',
    'con.json',
    'LPT1',
    'evil.json.',
    './evil.json',
    'tab\t.json',
  ])('a path %j is refused before anything is downloaded', async (path) => {
    const hub = await start({ files: { ...FILES, [path]: MANIFEST } });
    await expect(download(hub)).rejects.toMatchObject({
      reason: 'request',
      message: expect.stringContaining(JSON.stringify(path)) as string,
    });
    expect(names()).toEqual([]);
    expect(hub.requests.some(({ path: asked }) => asked.includes('/resolve/'))).toBe(false);
  });

  it('nor through a link that lies in it', async () => {
    const hub = await start({ files: { 'model/weights.json': MANIFEST } });
    const [inside, outside] = [join(folder(), 'inside'), join(folder(), 'outside')];
    await mkdir(inside);
    await mkdir(outside);
    symlinkSync(outside, join(inside, 'model'));
    await expect(download(hub, undefined, { folder: inside })).rejects.toThrow('link that leads out');
    expect(readdirSync(outside)).toEqual([]);
  });

  it('nor is a folder made behind such a link, nor through one that replaces the whole folder', async () => {
    const hub = await start({ files: { ...FILES, 'model/deep/weights.json': MANIFEST } });
    const [models, outside] = [join(folder(), 'models'), join(folder(), 'outside')];
    await mkdir(join(models, 'inside'), { recursive: true });
    await mkdir(outside);
    symlinkSync(outside, join(models, 'inside/model'));
    symlinkSync(outside, join(models, 'linked'));
    for (const name of ['inside', 'linked', 'linked/below'])
      await expect(download(hub, undefined, { folder: join(models, name), within: models })).rejects.toThrow(
        'link that leads out',
      );
    expect(readdirSync(outside)).toEqual([]);
    expect(hub.ranges).toEqual([]);
  });

  it('nor through a link in the place of a file or its beginning', async () => {
    const hub = await start();
    const inside = join(folder(), 'inside');
    await mkdir(inside);
    const outside = join(folder(), 'precious');
    writeFileSync(outside, 'precious');
    symlinkSync(outside, join(inside, 'zipar-model.json'));
    await download(hub, undefined, { folder: inside });
    expect(readFileSync(join(inside, 'zipar-model.json')).equals(MANIFEST)).toBe(true);
    const digest = createHash('sha256').update(WEIGHTS).digest('hex').slice(0, 12);
    rmSync(join(inside, 'model.safetensors'));
    symlinkSync(outside, join(inside, `model.safetensors.${digest}.part`));
    await expect(download(hub, undefined, { folder: inside })).rejects.toThrow('no regular file; delete it');
    expect(readFileSync(outside, 'utf8')).toBe('precious');
  });

  it('a folder in the place of a file is reported before anything is downloaded', async () => {
    const hub = await start();
    await mkdir(join(folder(), 'model.safetensors'));
    await expect(download(hub)).rejects.toThrow(/model\.safetensors is a folder/);
    expect(hub.ranges).toEqual([]);
  });

  it('a file and a folder of one name are refused, and a file whose name begins the path of another', async () => {
    const digest = createHash('sha256').update(WEIGHTS).digest('hex').slice(0, 12);
    for (const name of ['zipar-model.json/a.json', `MODEL.safetensors.${digest}.part`]) {
      const hub = await start({ files: { ...FILES, [name]: MANIFEST } });
      await expect(download(hub)).rejects.toThrow('cannot lie in one folder');
      expect(names()).toEqual([]);
      await hub.stop();
      server = undefined;
    }
  });

  it('the longest names that a disk accepts are downloaded', async () => {
    const name = `${'ä'.repeat(120)}${'a'.repeat(10)}.json`;
    const hub = await start({ files: { [name]: MANIFEST } });
    await download(hub);
    expect(names()).toEqual([name]);
  });

  it('two paths that differ in case only are refused', async () => {
    const hub = await start({ files: { 'a.json': MANIFEST, 'A.json': MANIFEST } });
    await expect(download(hub)).rejects.toThrow('has "a.json" and "A.json", which cannot lie in one folder');
  });
});

describe('the space on the disk', () => {
  it('is checked before anything is downloaded, and the error names the needed and the free space', async () => {
    const hub = await start();
    const tooSmall = download(hub, undefined, { freeBytes: () => Promise.resolve(1000) });
    await expect(tooSmall).rejects.toMatchObject({
      reason: 'request',
      message: expect.stringContaining('needs 300 kB, but only 1.00 kB are free') as string,
    });
    expect(names()).toEqual([]);
  });

  it('is needed only for the rest of the files', async () => {
    const hub = await start();
    await download(hub);
    await download(hub, undefined, { freeBytes: () => Promise.resolve(0) });
  });
});

describe('a token', () => {
  it('opens a private repository, and is sent only to the hub', async () => {
    const hub = await start({ token: TOKEN });
    await download(hub, TOKEN);
    const sent = (host: string) =>
      new Set(hub.requests.flatMap((request) => (request.host === host ? [request.authorization] : [])));
    expect(sent('hub')).toEqual(new Set([`Bearer ${TOKEN}`]));
    expect(sent('cdn')).toEqual(new Set([undefined]));
    expect(existsSync(join(folder(), 'model.safetensors'))).toBe(true);
  });

  it('is not sent to another server that the list of files leads to', async () => {
    const hub = await start({ token: TOKEN });
    hub.nextPageOrigin = hub.cdnAddress;
    await expect(download(hub, TOKEN)).rejects.toThrow('not followed');
    expect(hub.requests.every(({ host }) => host === 'hub')).toBe(true);
  });

  it.each([
    [
      { token: TOKEN },
      undefined,
      /^There is no model ada\/model .* or it is private: check the name, or log in with "hf auth login", or set HF_TOKEN/,
    ],
    [{ token: TOKEN }, 'hf_wrong', /does not accept the token in HF_TOKEN for ada\/model/],
    [
      { token: TOKEN, isGated: true },
      undefined,
      /^ada\/model is gated: accept its terms at http.*ada\/model, then log in with "hf auth login", or set HF_TOKEN/,
    ],
    [{ token: TOKEN, isGated: true }, 'hf_wrong', /gated, and the token in HF_TOKEN may not read it: accept/],
  ])('that is missing or wrong is asked for: %j with %s', async (content, token, message) => {
    const hub = await start(content);
    const refused = await download(hub, token).catch((error: unknown) => error);
    expect(refused).toMatchObject({ reason: 'access', message: expect.stringMatching(message) as string });
    expect(String(refused)).not.toContain('hf_');
  });

  it.each(['two words', 'line\nbreak', ''])('%j is none, and is not repeated', (token) => {
    expect(() => new HubConnection('https://huggingface.co', login(token))).toThrow(
      /^The token in HF_TOKEN is none/,
    );
  });
});

describe('the answer of the hub', () => {
  it.each([
    [404, 'There is no model ada/model on 127.0.0.1'],
    [429, 'too many requests'],
    [503, 'status 503; try again later'],
  ])('status %i is one sentence', async (status, message) => {
    const hub = await start();
    hub.status = status;
    await expect(download(hub)).rejects.toThrow(message);
  });

  it('is one sentence even if the hub does not answer', async () => {
    const hub = await start();
    await hub.stop();
    await expect(download(hub)).rejects.toThrow(/^127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)\.$/);
  });

  it('a revision that is not there is named', async () => {
    const hub = await start();
    const asked = openRepository(
      new HubConnection(hub.address, login()),
      parseRepositoryName('ada/model@nightly'),
      new AbortController().signal,
    );
    await expect(asked).rejects.toThrow('ada/model has no branch, tag or commit “nightly”.');
  });

  it('licence and page are told', async () => {
    const hub = await start({ tags: ['image', 'license:mit'] });
    const repository = await openRepository(
      new HubConnection(hub.address, login()),
      parseRepositoryName('ada/model@main'),
      new AbortController().signal,
    );
    expect(repository).toMatchObject({ licence: 'mit', page: `${hub.address}/ada/model`, isGated: false });
    expect(repository.files.map(({ path }) => path)).toEqual(Object.keys(FILES));
  });
});
