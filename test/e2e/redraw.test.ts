/** *Redraw From Row…* on a PNG that another program wrote, with a tiny model that has an image encoder. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePng } from '../../sidecar/image/png';
import { readTraceFile } from '../../sidecar/trace-file/trace-file';
import { MIRROR_CODES, MIRROR_PATCH, mirrorPicture, writeMirrorModel } from '../image-encoders/mirror-model';
import { RandomTensors } from '../families/random-tensors';
import { chooseFromMenu, openMenuWith } from './context-menu';
import { until } from './until';
import { windowForTests } from './window-for-tests';

const [ROWS, COLUMNS] = [6, 4];

describe('a picture of another program', () => {
  const model = mkdtempSync(join(tmpdir(), 'zipar-redraw-'));
  const workspace = mkdtempSync(join(tmpdir(), 'zipar-redraw-'));
  const random = new RandomTensors(4, 'F32');
  const tokens = Array.from({ length: ROWS * COLUMNS }, () => Math.floor(MIRROR_CODES * random.next()));
  const rgb = mirrorPicture(tokens, COLUMNS);
  // The file is there before the window: VS Code may miss a file that appears while it starts.
  writeFileSync(join(workspace, 'photo.png'), encodePng(rgb, MIRROR_PATCH * COLUMNS, MIRROR_PATCH * ROWS));
  beforeAll(() => writeMirrorModel(model, 'inside', [ROWS, COLUMNS]));
  afterAll(() => {
    for (const folder of [model, workspace]) rmSync(folder, { recursive: true, force: true });
  });
  const window = windowForTests('newest', { workspace, settings: { 'ziparStudio.model': model } });

  it('keeps its upper rows, and the model draws the rest', async () => {
    const { page } = window();
    const file = page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: 'photo.png' });
    await file.waitFor();
    await openMenuWith(page, file, 'Redraw From Row…');
    await window().screenshot('redraw-menu');
    await chooseFromMenu(page, 'Redraw From Row…');
    const row = await window().quickInput(/First Row That Is Drawn Again/);
    await row.type('4');
    await row.accept();
    const prompt = await window().quickInput(/Generate Image/);
    await prompt.type('3');
    await prompt.accept();
    const folder = join(window().workspace, 'zipar-images');
    const pictures = (): string[] =>
      existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.png')) : [];
    await until('the picture', () => Promise.resolve(pictures().length === 1));
    const [name = ''] = pictures();
    const record = await readTraceFile(readFileSync(join(folder, name)));
    expect(record?.run.start).toEqual({ file: 'photo.png', keptRows: 3 });
    expect([...(record?.snapshot.tokens ?? [])].slice(0, 3 * COLUMNS)).toEqual(tokens.slice(0, 3 * COLUMNS));
    const frame = await window().webviewFrame('.token-grid');
    await frame.getByText('upper 3 rows of photo.png').waitFor();
    await window().screenshot('redraw-page');
    expect(window().extensionHostErrors()).toEqual([]);
  });
});
