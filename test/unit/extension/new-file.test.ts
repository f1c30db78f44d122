import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { numbered } from '../../../extension/export-name';
import { writeNewFile } from '../../../extension/new-file';
import { temporaryFolder } from './temporary-folder';

describe('a new file', () => {
  const folder = temporaryFolder();
  const write = (text: string, name = 'a.png') =>
    writeNewFile(folder(), (attempt) => numbered(name, attempt), Buffer.from(text));
  const read = (name: string) => readFile(path.join(folder(), name), 'utf8');

  it('takes the first name that is free, and leaves nothing else', async () => {
    await writeFile(path.join(folder(), 'a.png'), 'old');
    expect(await write('new')).toBe(path.join(folder(), 'a-2.png'));
    expect((await readdir(folder())).sort()).toEqual(['a-2.png', 'a.png']);
    expect([await read('a.png'), await read('a-2.png')]).toEqual(['old', 'new']);
  });

  it('is a separate file for each of many simultaneous writers', async () => {
    const texts = Array.from({ length: 24 }, (_, i) => `picture ${i}`);
    const files = await Promise.all(texts.map((text) => write(text)));
    expect(new Set(files).size).toBe(texts.length);
    const contents = await Promise.all(files.map((file) => readFile(file ?? '', 'utf8')));
    expect(contents).toEqual(texts);
  });

  it.skipIf(process.platform === 'win32')(
    'takes the place of no link, also of one that leads nowhere',
    async () => {
      await symlink('missing', path.join(folder(), 'a.png'));
      expect(await write('new')).toBe(path.join(folder(), 'a-2.png'));
      expect((await readdir(folder())).sort()).toEqual(['a-2.png', 'a.png']);
    },
  );

  it('does not exist if it cannot be written whole', async () => {
    await expect(write('new', `${'x'.repeat(300)}.png`)).rejects.toThrow('ENAMETOOLONG');
    expect(await readdir(folder())).toEqual([]);
  });

  it('is undefined when every name is taken', async () => {
    await writeFile(path.join(folder(), 'a.png'), 'old');
    expect(await writeNewFile(folder(), () => 'a.png', Buffer.from('new'))).toBeUndefined();
    expect(await readdir(folder())).toEqual(['a.png']);
  });
});
