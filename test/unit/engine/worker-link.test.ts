import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WorkerLink } from '../../../sidecar/engine/worker-link';

let folder: string;
let link: WorkerLink<string, string> | undefined;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'zipar-link-'));
});
afterEach(async () => {
  await link?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A link to a thread that runs the code it receives. */
async function linkTo(): Promise<{
  sent: WorkerLink<string, string>;
  heard: string[];
  next: () => Promise<string>;
}> {
  const script = path.join(folder, 'worker.cjs');
  await writeFile(
    script,
    "const { parentPort } = require('node:worker_threads'); parentPort.on('message', (code) => { eval(code); });",
  );
  const heard: string[] = [];
  let wake = (): void => undefined;
  const hear = (what: string): void => {
    heard.push(what);
    wake();
  };
  const sent = new WorkerLink<string, string>(script, {
    onReport: (report) => {
      hear(report);
    },
    onLost: (error) => {
      hear(`lost: ${error.message}`);
    },
  });
  link = sent;
  const next = async (): Promise<string> => {
    while (heard.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return heard.shift() ?? '';
  };
  return { sent, heard, next };
}

describe('a link to a thread', () => {
  it.each([
    ['process.exit(0)', 'lost: the thread ended by itself, with exit code 0'],
    ['process.exit(3)', 'lost: the thread ended by itself, with exit code 3'],
    ["setImmediate(() => { throw new Error('broken'); })", 'lost: broken'],
    ["setImmediate(() => { throw 'a string'; })", 'lost: a string'],
    ["Promise.reject(new Error('rejected'))", 'lost: rejected'],
    ['parentPort.close()', 'lost: the thread ended by itself, with exit code 0'],
  ])('tells once that the thread was lost: %s', async (code, told) => {
    const { sent, heard, next } = await linkTo();
    sent.send(code);
    expect(await next()).toBe(told);
    sent.send("parentPort.postMessage('another')");
    expect(await next()).toBe('another');
    expect(heard).toEqual([]);
  });

  it('ignores messages of a thread that was dropped', async () => {
    const { sent, heard, next } = await linkTo();
    sent.send("parentPort.postMessage('first'); setInterval(() => parentPort.postMessage('late'), 1)");
    expect(await next()).toBe('first');
    sent.drop();
    heard.length = 0;
    sent.send("parentPort.postMessage('second')");
    expect(await next()).toBe('second');
    expect(heard).toEqual([]);
  });
});
