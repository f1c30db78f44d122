import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputFileError, readInputFile, readJsonFile, readTextFile } from '../../../sidecar/files/input-file';

const TEXT = '{"name": "Flügel"}';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'zipar-input-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function written(content: string | Uint8Array): Promise<string> {
  const file = path.join(folder, 'input');
  await writeFile(file, content);
  return file;
}

describe('readTextFile', () => {
  it.each([
    ['UTF-8', Buffer.from(TEXT)],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${TEXT}`)],
    ['UTF-16, low byte first', Buffer.from(`\ufeff${TEXT}`, 'utf16le')],
    ['UTF-16, high byte first', Buffer.from(`\ufeff${TEXT}`, 'utf16le').swap16()],
  ])('reads %s', async (_, bytes) => {
    expect(await readTextFile(await written(bytes), 1000)).toBe(TEXT);
  });

  it.each([
    ['another encoding', Buffer.from('Flügel', 'latin1'), 'no text in UTF-8 or UTF-16'],
    ['half a character of UTF-16', Buffer.from([0xff, 0xfe, 0x41]), 'no text in UTF-8 or UTF-16'],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n', 'Git LFS pointer'],
    ['a web page', '\n<!doctype html><title>Sign in</title>', 'web page'],
    ['a web page with a byte order mark', '\ufeff<html>', 'web page'],
  ])('refuses %s', async (_, content, problem) => {
    const file = await written(content);
    await expect(readTextFile(file, 1000)).rejects.toThrow(InputFileError);
    await expect(readTextFile(file, 1000)).rejects.toThrow(problem);
    await expect(readTextFile(file, 1000)).rejects.toThrow(file);
  });
});

describe('readInputFile', () => {
  it('reads an empty file', async () => {
    expect(await readInputFile(await written(''), 10)).toHaveLength(0);
  });

  it('reads a file of exactly the limit and refuses a longer one', async () => {
    expect(await readInputFile(await written('0123456789'), 10)).toHaveLength(10);
    await expect(readInputFile(await written('0123456789a'), 10)).rejects.toThrow('larger than 10 bytes');
  });

  it('says that a file is missing, and that a path is a folder', async () => {
    await expect(readInputFile(path.join(folder, 'none'), 10)).rejects.toThrow('no such file');
    await expect(readInputFile(folder, 10)).rejects.toThrow('folder');
  });

  it.skipIf(process.platform === 'win32')('refuses devices, named pipes and links to them', async () => {
    const pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const link = path.join(folder, 'link');
    await symlink('/dev/zero', link);
    for (const file of [pipe, link, '/dev/zero', '/dev/null'])
      await expect(readInputFile(file, 10)).rejects.toThrow('no regular file');
  });

  it.skipIf(process.platform !== 'linux')(
    'limits what it reads of a file that says it is empty',
    async () => {
      await expect(readInputFile('/proc/self/maps', 10)).rejects.toThrow('larger than 10 bytes');
    },
  );
});

describe('readJsonFile', () => {
  const limits = { maxBytes: 1_000_000, maxDepth: 4 };

  it('reads JSON with a byte order mark', async () => {
    expect(await readJsonFile(await written(`\ufeff${TEXT}`), limits)).toEqual({ name: 'Flügel' });
  });

  it.each([
    ['text that is no JSON', '{"a": ', 'not valid JSON'],
    ['a key twice', '{"a": 1, "a": 2}', 'twice'],
    ['deep nesting', '['.repeat(100_000), 'deeper than 4 levels'],
  ])('refuses %s', async (_, content, problem) => {
    await expect(readJsonFile(await written(content), limits)).rejects.toThrow(InputFileError);
    await expect(readJsonFile(await written(content), limits)).rejects.toThrow(problem);
  });
});
