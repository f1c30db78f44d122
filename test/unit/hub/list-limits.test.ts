import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { HubConnection, type HubConnectionOptions } from '../../../sidecar/hub/hub-connection';
import { openRepository, type HubRepository, type ListLimits } from '../../../sidecar/hub/hub-repository';
import { HubServer } from '../../hub/hub-server';

const LIMITS: ListLimits = { entries: 50, pages: 20, bytes: 100_000, time: 60_000 };
const OID = '0'.repeat(40);

let server: HubServer;
afterEach(() => server.stop());

/** Starts a hub that answers a request for the list of files with `list`. */
async function start(list: (url: URL, response: ServerResponse) => void): Promise<void> {
  server = await HubServer.start({ id: 'ada/model', files: { 'a.json': Buffer.from('{}') } });
  server.intercept = (host, { url = '' }: IncomingMessage, response) => {
    if (host !== 'hub' || !url.includes('/tree/')) return false;
    list(new URL(url, server.address), response);
    return true;
  };
}

function open(limits: Partial<ListLimits> = {}, options: HubConnectionOptions = {}): Promise<HubRepository> {
  const hub = new HubConnection(server.address, { token: undefined, source: 'HF_TOKEN' }, options);
  const name = { id: 'ada/model', revision: undefined };
  return openRepository(hub, name, new AbortController().signal, { ...LIMITS, ...limits });
}

/** Sends a page of the list, with the address of the next page. */
function page(response: ServerResponse, next: string, entries: readonly object[]): void {
  response.setHeader('Link', `<${next}>; rel="next"`);
  response.end(JSON.stringify(entries));
}

function folders(count: number): object[] {
  return Array.from({ length: count }, (_, i) => ({ type: 'directory', path: `f${i}`, size: 0, oid: OID }));
}

describe('an endless list of files', () => {
  it('of new pages, each almost empty, is ended', async () => {
    await start((url, response) => {
      url.searchParams.set('cursor', String(Number(url.searchParams.get('cursor') ?? 0) + 1));
      page(response, url.href, []);
    });
    await expect(open()).rejects.toMatchObject({
      reason: 'request',
      message: 'The list of files of ada/model does not end, so it is no model.',
    });
    expect(server.requests.length).toBeLessThan(30);
  });

  it('that goes in a circle is ended', async () => {
    await start((url, response) => {
      page(response, url.href, []);
    });
    await expect(open()).rejects.toThrow('does not end');
    expect(server.requests.length).toBeLessThan(5);
  });

  it('of folders is ended', async () => {
    await start((url, response) => {
      url.searchParams.set('cursor', String(server.requests.length));
      page(response, url.href, folders(10));
    });
    await expect(open()).rejects.toThrow('ada/model has more than 50 files and folders');
  });

  it('in one page is ended', async () => {
    await start((_url, response) => {
      response.write('[');
      const timer = setInterval(() => response.write(`${JSON.stringify(folders(1)[0])},`.repeat(500)), 1);
      response.on('close', () => {
        clearInterval(timer);
      });
    });
    await expect(open()).rejects.toThrow('The list of files of ada/model is longer than 100 kB');
  });

  it('that trickles is ended', async () => {
    const trickle = (_url: URL, response: ServerResponse): void => {
      response.write('[');
      const timer = setInterval(() => response.write(' '), 10);
      response.on('close', () => {
        clearInterval(timer);
      });
    };
    await start(trickle);
    await expect(open({}, { leastSpeed: { windowMs: 100, bytes: 1000 } })).rejects.toThrow(
      'sends almost nothing',
    );
    await expect(open({ time: 200 })).rejects.toThrow(/did not list ada\/model within 0\.2 seconds/);
  });
});

describe('an answer that is not a list of files', () => {
  it('but a login page of the network is reported', async () => {
    await start((_url, response) => {
      response.setHeader('Content-Type', 'text/html');
      response.end('<html>Sign in</html>');
    });
    await expect(open()).rejects.toThrow(/answered with a web page .*sign in to this network/);
  });

  it.each([
    '',
    '{',
    '{}',
    '[null]',
    '"text"',
    '[{"type":"file"}]',
    '[{"type":"file","path":1,"size":1,"oid":"x"}]',
  ])('is one sentence: %j', async (text) => {
    await start((_url, response) => response.end(text));
    await expect(open()).rejects.toThrow(/^What 127\.0\.0\.1:\d+ says of ada\/model cannot be read/);
  });
});
