/** Tests the drawing process with a program that draws what the tokens say. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { PictureProcess, type PictureJob } from '../../../sidecar/engine/picture-process';

const folder = mkdtempSync(path.join(tmpdir(), 'zipar-pictures-'));
const PROGRAM = path.join(folder, 'program.cjs');
const HANGS = 7;
const DIES = 8;
const FAILS = 9;
/** A program that answers with its process id as the width, and with the token as the only byte of the picture. */
writeFileSync(
  PROGRAM,
  `process.on('message', ({ type, imageId, tokens }) => {
    if (type !== 'image') return;
    if (tokens[0] === ${HANGS}) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    if (tokens[0] === ${DIES}) process.exit(3);
    if (tokens[0] === ${FAILS})
      process.send({ type: 'image-failed', imageId, error: { code: 'model-invalid', message: 'no' } });
    else process.send({ type: 'image', imageId, ms: 5, image: { width: process.pid, height: 1, rgb: Uint8Array.of(tokens[0]) } });
  });`,
);

let pictures: PictureProcess | undefined;
afterEach(() => pictures?.close());
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function open(idleMs?: number): PictureProcess {
  pictures = new PictureProcess(PROGRAM, 'worker', idleMs);
  return pictures;
}

function job(token: number, provider = 'cpu'): PictureJob {
  return { folder: '/model', wishes: {}, execution: { provider, threads: 1 }, tokens: Int32Array.of(token) };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('the process that draws pictures', () => {
  it('draws them one after another, and stays', async () => {
    const process = open();
    process.prepare(job(0));
    const drawn = await Promise.all([1, 2, 3].map((token) => process.draw(job(token))));
    expect(drawn.map(({ image }) => image.rgb[0])).toEqual([1, 2, 3]);
    expect(new Set(drawn.map(({ image }) => image.width)).size).toBe(1);
    expect(drawn[0]?.ms).toBe(5);
  });

  it('ends when its picture is cancelled, and another process draws the next picture', async () => {
    const process = open();
    const first = await process.draw(job(1));
    const cancel = new AbortController();
    const hanging = process.draw(job(HANGS), cancel.signal);
    const next = process.draw(job(2));
    cancel.abort();
    await expect(hanging).rejects.toMatchObject({ code: 'cancelled' });
    const { image } = await next;
    expect(image.rgb[0]).toBe(2);
    expect(image.width).not.toBe(first.image.width);
    await expect.poll(() => isAlive(first.image.width)).toBe(false);
  });

  it('goes on when a waiting picture is cancelled, or one that was cancelled before', async () => {
    const process = open();
    const cancel = new AbortController();
    const first = process.draw(job(1));
    const waiting = process.draw(job(HANGS), cancel.signal);
    cancel.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    await expect(process.draw(job(HANGS), cancel.signal)).rejects.toMatchObject({ code: 'cancelled' });
    const last = await process.draw(job(3));
    expect(last.image.width).toBe((await first).image.width);
  });

  it.each([
    ['cpu', 'engine-failed', 'The CPU'],
    ['webgpu', 'provider-failed', 'WebGPU'],
  ])('that dies on %s loses the one picture only', async (provider, code, name) => {
    const process = open();
    const lost = process.draw(job(DIES, provider));
    const next = process.draw(job(2));
    await expect(lost).rejects.toMatchObject({ code, message: expect.stringContaining(name) as string });
    await expect(lost).rejects.toThrow('exit code 3');
    expect((await next).image.rgb[0]).toBe(2);
  });

  it('says why a picture cannot be drawn, and draws the next', async () => {
    const process = open();
    await expect(process.draw(job(FAILS))).rejects.toMatchObject({ code: 'model-invalid', message: 'no' });
    expect((await process.draw(job(4))).image.rgb[0]).toBe(4);
  });

  it('ends when it has nothing to draw for a while, and starts again when needed', async () => {
    const process = open(20);
    const { image } = await process.draw(job(1));
    await expect.poll(() => isAlive(image.width)).toBe(false);
    expect((await process.draw(job(2))).image.rgb[0]).toBe(2);
  });

  it('ends with its owner, and rejects the requests that wait', async () => {
    const process = open();
    const { image } = await process.draw(job(1));
    const hanging = process.draw(job(HANGS));
    process.close();
    await expect(hanging).rejects.toMatchObject({ code: 'cancelled' });
    await expect.poll(() => isAlive(image.width)).toBe(false);
  });
});
