/** A model on its way from a folder into the palette. */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { windowForTests } from './window-for-tests';

const GOLDEN = resolve(import.meta.dirname, '../golden/llamagen-c2i');
describe('adding a model', () => {
  const window = windowForTests('newest');

  it('takes a folder of this machine, and says what it is', async () => {
    await window().runCommand('ZipAR: Add Model…');
    await window().pickQuickPickItem('Folder on This Computer…', 'Add Model');
    await window().answerFileDialog(`${GOLDEN}/`);
    const added = await window().notification(/was added: it draws 10 classes, 8×8 tokens\./);
    expect(added.message).toContain('no image decoder');
    expect(added.buttons).toEqual(['Use It Now']);
  });

  it('refuses a folder that holds no model', async () => {
    const empty = join(window().workspace, 'empty');
    mkdirSync(empty);
    await window().runCommand('ZipAR: Add Model…');
    await window().pickQuickPickItem('Folder on This Computer…', 'Add Model');
    await window().answerFileDialog(`${empty}/`);
    await window().notification(/^There is no model in .*empty that can be run\. .* is no model folder/);
  });
});
