/** A model whose name contains a link that runs a command, and an icon. Every place shows the name as plain text. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { HubServer } from '../hub/hub-server';
import { tinyModelFiles, writeTinyModel } from './tiny-model';
import type { VsCodeWindow } from './vscode-window';
import { vscodes, windowForTests } from './window-for-tests';

const folder = mkdtempSync(join(tmpdir(), 'zipar-hostile-'));
const MARK = join(folder, 'followed');
const argument = encodeURIComponent(JSON.stringify({ text: `touch ${MARK}\n` }));
const NAME = `tiny [Finish setup](command:workbench.action.terminal.sendSequence?${argument}) $(error)`;

await writeTinyModel(folder, NAME);
const hub = await HubServer.start({
  id: 'ada/tiny',
  files: await tinyModelFiles(NAME),
  tags: ['license:mit'],
});
afterAll(async () => {
  await hub.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(vscodes)('in the %s VS Code', (age) => {
  const window = windowForTests(age, {
    environment: { HF_ENDPOINT: hub.address },
    settings: { 'ziparStudio.modelFolders': [folder] },
  });

  it('the name of a model from the hub is text in a notification', async () => {
    await window().runCommand('ZipAR: Add Model…');
    await window().pickQuickPickItem('From Hugging Face…', 'Add Model');
    const input = await window().quickInput('Add Model from Hugging Face');
    await input.type('ada/tiny');
    await input.accept();
    const list = await window().quickInput(/^ada\/tiny · /);
    await list.accept();
    const dialog = await window().dialog();
    await dialog.press('Download');
    const added = await window().notification(/was added/);
    expect(readable(added.message)).toBe(`${NAME} was added: it draws 1000 classes, 4×4 tokens.`);
    expect(await linksIn(window(), '.notifications-toasts')).toEqual([]);
    expect(existsSync(MARK)).toBe(false);
  });

  it('the name is text in a list and in a progress notification', async () => {
    await window().runCommand('ZipAR: Select Model…');
    const models = await window().quickInput('Select Model');
    const labels = await models.items();
    expect(labels.map(readable)).toContain(NAME);
    const widget = window().page.locator('.quick-input-widget .codicon-error');
    expect(await widget.count()).toBe(0);
    await models.pick(labels.find((label) => readable(label) === NAME) ?? '');

    await window().runCommand('ZipAR: Compare Decoders…');
    const sizes = await window().quickInput('Compare Decoders');
    expect(readable(await sizes.placeholder())).toContain(NAME);
    await sizes.pick('10 pictures a decoder');
    const progress = await window().notification(/^Comparing decoders on/);
    expect(readable(progress.message)).toContain(NAME);
    expect(await linksIn(window(), '.notifications-toasts')).toEqual([]);
    await progress.press('Cancel');
    expect(window().extensionHostErrors()).toEqual([]);
  });
});

/** The text as a user sees it, without characters that have no width. */
function readable(text: string): string {
  return text.replace(/\u2060/g, '');
}

async function linksIn(window: VsCodeWindow, part: string): Promise<string[]> {
  return window.page.locator(`${part} .notification-list-item-message a`).allInnerTexts();
}
