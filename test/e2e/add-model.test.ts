/** Adding models in the palette: one from a hub, which is a server of this test, and one from a folder. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { HubServer } from '../hub/hub-server';
import { tinyModelFiles } from './tiny-model';
import { until } from './until';
import { windowForTests } from './window-for-tests';

const GOLDEN = resolve(import.meta.dirname, '../golden/llamagen-c2i');
const TOKEN = 'hf_of-the-test';

const files = { ...(await tinyModelFiles('tiny-imagenet')), 'README.md': Buffer.from('# tiny') };
const hub = await HubServer.start({ id: 'ada/tiny', files, tags: ['license:mit'] });
const gatedHub = await HubServer.start({ id: 'ada/gated', files, token: TOKEN, isGated: true });
afterAll(() => Promise.all([hub.stop(), gatedHub.stop()]));

describe('adding a model', () => {
  const window = windowForTests('newest', {
    environment: { HF_ENDPOINT: hub.address },
    settings: { 'ziparStudio.seed': 7 },
  });

  it('leads from a repository over its files to a picture of a class that is found by name', async () => {
    await window().runCommand('ZipAR: Add Model…');
    await window().pickQuickPickItem('From Hugging Face…', 'Add Model');
    const input = await window().quickInput('Add Model from Hugging Face');
    await input.type('ada/nothing');
    await input.accept();
    const refused = await window().quickInput('Add Model from Hugging Face');
    await until(
      'what is wrong with the name',
      async () => (await refused.message()).includes('There is no model ada/nothing'),
      () => refused.describe(),
    );
    await refused.type('ada/tiny');
    await refused.accept();

    const files = await window().quickInput(/^ada\/tiny · Licence: mit · /);
    expect(await files.items()).toEqual([
      'model.safetensors',
      'vq.safetensors',
      'zipar-model.json',
      'README.md',
    ]);
    await window().screenshot('add-model-files');
    await files.accept();
    const dialog = await window().dialog();
    expect(dialog.message).toMatch(/^Download \d+ kB from ada\/tiny\?$/);
    expect(dialog.detail).toContain('Licence: mit');
    expect(dialog.detail).toContain('zipar-studio/models/ada--tiny');
    await dialog.press('Download');
    const added = await window().notification('tiny-imagenet was added: it draws 1000 classes, 4×4 tokens.');
    await added.press('Use It Now');

    await window().runCommand('ZipAR: Generate Image…');
    const prompt = await window().quickInput(/Generate Image/);
    await until(
      'the names of the classes',
      async () => (await prompt.items()).includes('tench'),
      () => prompt.describe(),
    );
    await prompt.type('golden ret');
    await window().screenshot('add-model-class-names');
    await prompt.pickInSight('golden retriever');
    const page = await window().webviewFrame('.run-header');
    await page.getByRole('heading', { name: 'golden retriever' }).waitFor();
    const pictures = join(window().workspace, 'zipar-images');
    await until('the picture', () => {
      const names = namesIn(pictures);
      return Promise.resolve(names.some((name) => name.endsWith('class-207-golden-retriever.png')));
    });
    const frame = await window().webviewFrame('.token-grid');
    expect(await frame.locator('.run-header h1').innerText()).toBe('golden retriever (class 207)');
    await window().screenshot('add-model-class');
    expect(window().extensionHostErrors()).toEqual([]);
  });

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

describe('adding a model whose files need an access token', () => {
  const window = windowForTests('newest', { environment: { HF_ENDPOINT: gatedHub.address } });

  const chooseFiles = async () => {
    await window().runCommand('ZipAR: Add Model…');
    await window().pickQuickPickItem('From Hugging Face…', 'Add Model');
    const input = await window().quickInput('Add Model from Hugging Face');
    await input.type('ada/gated');
    await input.accept();
    const list = await window().quickInput(/^ada\/gated · /);
    await list.accept();
    const dialog = await window().dialog();
    expect(dialog.detail).toContain('Its terms have to be accepted');
    await dialog.press('Download');
  };

  it('asks for one, again while it is wrong, and keeps the one that is right', async () => {
    await chooseFiles();
    const asked = await window().quickInput('Access Token for Hugging Face');
    expect(await asked.message()).toContain('ada/gated is gated');
    expect(
      await window().page.locator('.quick-input-widget .quick-input-box input').getAttribute('type'),
    ).toBe('password');
    await asked.type('hf_wrong-one');
    await asked.pressEnter();
    const again = await window().quickInput('Access Token for Hugging Face');
    await until(
      'why the token is refused',
      async () => (await again.message()).includes('may not read it'),
      () => again.describe(),
    );
    await again.type(TOKEN);
    await again.pressEnter();
    await window().notification('tiny-imagenet was added: it draws 1000 classes, 4×4 tokens.');

    const sent = gatedHub.requests.length;
    rmSync(join(window().folders.home, '.local/share/zipar-studio/models'), { recursive: true });
    await chooseFiles();
    await until('the files to be asked for again', () =>
      Promise.resolve(gatedHub.requests.slice(sent).some(({ path }) => path.includes('/resolve/'))),
    );
    const tokens = gatedHub.requests.slice(sent).flatMap(({ authorization }) => authorization ?? []);
    expect(new Set(tokens)).toEqual(new Set([`Bearer ${TOKEN}`]));
    expect(window().extensionHostErrors()).toEqual([]);
  });
});

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // the folder does not exist yet
  }
}
