import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ModelDownload, type DownloadMessage } from '../../../extension/model-download';
import type { NodeRuntime } from '../../../extension/node-runtime';
import type { RepositoryListing } from '../../../sidecar/protocol';
import { temporaryFolder } from './temporary-folder';

const RUNTIME: NodeRuntime = {
  execPath: process.execPath,
  version: process.versions.node,
  source: 'path',
  env: {},
};
const LISTING: RepositoryListing = {
  repository: 'ada/model',
  commit: '0123abcd',
  page: 'https://huggingface.co/ada/model',
  licence: 'mit',
  isGated: false,
  folder: '/models/ada--model',
  freeBytes: 1e9,
  files: [],
};
/** A `zipar` script that reports its arguments once it has the access token. */
const NEEDS_TOKEN = `
  if (process.env.HF_TOKEN === 'hf_right')
    console.log(JSON.stringify({ folder: process.argv.slice(2), models: [], problems: [] }));
  else {
    process.send({ type: 'token-needed' });
    console.error('zipar: ada/model is gated.');
    process.exitCode = 2;
  }
  process.disconnect();
`;
const folder = temporaryFolder();

/** A download. @param tokens the user's answers, in turn; after them the user cancels */
function downloadWith(script: string, tokens: string[] = []) {
  const file = join(folder(), 'zipar.js');
  writeFileSync(file, script);
  const asked: string[] = [];
  let token: string | undefined;
  const access = {
    environment: () => Promise.resolve(token === undefined ? {} : { HF_TOKEN: token }),
    ask: (problem: string) => {
      asked.push(problem);
      token = tokens.shift() ?? token;
      return Promise.resolve(asked.length <= 2);
    },
  };
  return { download: new ModelDownload(RUNTIME, file, access), asked };
}

const signal = () => new AbortController().signal;

describe('a download', () => {
  it('asks for exactly the files that were chosen, at the commit that was listed', async () => {
    const { download, asked } = downloadWith(NEEDS_TOKEN, ['hf_right']);
    const paths = ['model.pt', 'sub/a file.json'];
    const added = await download.download(LISTING, paths, signal(), () => undefined);
    expect(added?.folder).toEqual([
      ...['add', 'ada/model', '--revision', '0123abcd', '--to', '/models/ada--model'],
      ...['--only', 'model.pt', '--only', 'sub/a file.json', '--json'],
    ]);
    expect(asked).toEqual(['ada/model is gated.']);
  });

  it('reports its progress', async () => {
    const message = { type: 'download', received: 1, total: 2, bytesPerSecond: 3, file: 'model.pt' };
    const { download } = downloadWith(
      `process.send(${JSON.stringify(message)}); console.log('{}'); process.disconnect();`,
    );
    const told: DownloadMessage[] = [];
    await download.download(LISTING, [], signal(), (progress) => told.push(progress));
    expect(told).toEqual([message]);
  });

  it('ends with its process when it is aborted', async () => {
    const { download } = downloadWith(
      `process.send({ type: 'download', received: 0, total: 1, bytesPerSecond: 0, file: '' }); setInterval(() => {}, 1000);`,
    );
    const aborter = new AbortController();
    const ended = download.download(LISTING, [], aborter.signal, () => {
      aborter.abort();
    });
    expect(await ended).toBeUndefined();
  });
});

describe('a token', () => {
  it('that is wrong is asked for again', async () => {
    const { download, asked } = downloadWith(NEEDS_TOKEN, ['hf_wrong', 'hf_right']);
    expect(await download.list('ada/model', signal())).toMatchObject({ problems: [] });
    expect(asked).toHaveLength(2);
  });

  it('that is not given ends the download', async () => {
    const { download, asked } = downloadWith(NEEDS_TOKEN);
    expect(await download.list('ada/model', signal())).toBeUndefined();
    expect(asked).toHaveLength(3);
  });

  it('is not asked for if something else is wrong', async () => {
    const { download, asked } = downloadWith(
      `console.error('zipar: There is no model ada/model.'); process.exit(2);`,
    );
    await expect(download.list('ada/model', signal())).rejects.toMatchObject({
      message: 'There is no model ada/model.',
      isUsage: true,
    });
    expect(asked).toEqual([]);
  });
});
