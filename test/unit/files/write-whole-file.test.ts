import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  checkCanWrite,
  makeFolder,
  OutputFileError,
  writeNewFile,
  writeWholeFile,
} from '../../../sidecar/files/write-whole-file';
import { temporaryFolder } from '../extension/temporary-folder';

const folder = temporaryFolder();
const bytes = (text: string) => [Buffer.from(text)];
const LONGEST_NAME = 'x'.repeat(255);

describe('a file that is written whole', () => {
  it('replaces the file of its name, and leaves nothing else behind', async () => {
    const file = path.join(folder(), 'a');
    await writeWholeFile(file, bytes('old'));
    await writeWholeFile(file, bytes('new'));
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(readdirSync(folder())).toEqual(['a']);
  });

  it.each([214, 215, 234, 254, 255])('may have a name of %i bytes', async (length) => {
    const name = 'x'.repeat(length);
    await writeWholeFile(path.join(folder(), name), bytes('whole'));
    expect(readdirSync(folder())).toEqual([name]);
  });

  it('leaves the old one as it is when its content fails half-way', async () => {
    const file = path.join(folder(), 'a');
    await writeWholeFile(file, bytes('old'));
    const failing = function* (): Iterable<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('the other half is missing');
    };
    await expect(writeWholeFile(file, failing())).rejects.toThrow('the other half is missing');
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(folder())).toEqual(['a']);
  });

  it('is refused with the reason in words', async () => {
    const file = path.join(folder(), 'missing/a');
    const write = writeWholeFile(file, bytes('x'));
    await expect(write).rejects.toThrow(OutputFileError);
    await expect(write).rejects.toThrow(`${file} could not be written: no such file or directory.`);
  });
});

describe('a new file', () => {
  it('is written whole by exactly one of several writers of its name', async () => {
    const file = path.join(folder(), 'a');
    const won = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => ((await writeNewFile(file, bytes(`of ${i}`))) ? [i] : [])),
    );
    expect(won.flat()).toHaveLength(1);
    expect(readFileSync(file, 'utf8')).toBe(`of ${won.flat().join()}`);
    expect(readdirSync(folder())).toEqual(['a']);
  });

  it('never takes the name of a file, a folder, or a broken link', async () => {
    writeFileSync(path.join(folder(), 'file'), 'old');
    mkdirSync(path.join(folder(), 'folder'));
    symlinkSync('nowhere', path.join(folder(), 'link'));
    for (const name of ['file', 'folder', 'link'])
      expect(await writeNewFile(path.join(folder(), name), bytes('new'))).toBe(false);
    expect(readFileSync(path.join(folder(), 'file'), 'utf8')).toBe('old');
    expect(existsSync(path.join(folder(), 'nowhere'))).toBe(false);
  });

  it('may have the longest name', async () => {
    expect(await writeNewFile(path.join(folder(), LONGEST_NAME), bytes('whole'))).toBe(true);
    expect(readdirSync(folder())).toEqual([LONGEST_NAME]);
  });
});

describe('the check before the work', () => {
  it('leaves nothing behind, and the file of that name as it is', async () => {
    const file = path.join(folder(), 'a');
    await checkCanWrite(file);
    expect(readdirSync(folder())).toEqual([]);
    writeFileSync(file, 'old');
    await checkCanWrite(file);
    expect(readFileSync(file, 'utf8')).toBe('old');
  });

  it.each([
    ['missing/a', 'no such file'],
    [`${LONGEST_NAME}x`, 'name too long'],
    ['file/a', 'not a directory'],
  ])('refuses %j', async (name, reason) => {
    writeFileSync(path.join(folder(), 'file'), '');
    await expect(checkCanWrite(path.join(folder(), name))).rejects.toThrow(reason);
  });
});

it('makes no folder if a file or a broken link has the name', async () => {
  writeFileSync(path.join(folder(), 'file'), '');
  symlinkSync('nowhere', path.join(folder(), 'link'));
  for (const name of ['file', 'link'])
    await expect(makeFolder(path.join(folder(), name))).rejects.toThrow(OutputFileError);
});
