/** The prompt: found in the palette, unknown words mended while typing, choices beside it, nothing typed is lost. */
import { describe, expect, it } from 'vitest';
import { QuickInput } from './quick-input';
import { until } from './until';
import { vscodes, windowForTests } from './window-for-tests';
import { EMBEDDED, fixedWindowSteps } from '../fixtures/embedded-model';

describe.each(vscodes)('the prompt in the %s VS Code', (age) => {
  const window = windowForTests(age, {
    theme: age === 'newest' ? 'high-contrast' : 'light',
    settings: { 'ziparStudio.seed': 7 },
  });
  const openPrompt = async (): Promise<QuickInput> => {
    await window().runCommand('ZipAR: Generate Image…');
    return window().quickInput(/^Generate Image · /);
  };
  const firstRow = async (input: QuickInput, wanted: RegExp): Promise<void> => {
    await until(
      `the first row ${String(wanted)}`,
      async () => wanted.test((await input.items())[0] ?? ''),
      () => input.describe(),
    );
  };

  it.each([
    ['image', 'ZipAR: Generate Image…'],
    ['picture', 'ZipAR: Generate Picture…'],
  ])('comes first in the palette for “%s”', async (word, title) => {
    await window().runCommand('ZipAR: Show Log'); // from now on the palette knows the commands
    const palette = new QuickInput(window().page);
    await until(
      `${title} as the first row`,
      async () => {
        // An editor that opens meanwhile takes the focus, and the palette closes.
        if (!(await palette.isOpen())) await window().page.keyboard.press('F1');
        await palette.type(`>${word}`).catch(() => undefined);
        await window().page.waitForTimeout(500);
        const rows = await palette.items();
        // VS Code 1.100 sorts by the alphabet, so Emmet's command for images comes first there.
        return (age === 'newest' ? rows : rows.filter((row) => row.startsWith('ZipAR')))[0] === title;
      },
      () => palette.describe(),
    );
    await palette.cancel();
  });

  it('mends a word that is not known, and refuses a text without a known word', async () => {
    const prompt = await openPrompt();
    await prompt.type('mountan at dusk');
    await firstRow(prompt, /^Generate with “mountains?”$/);
    await window().screenshot('prompt-mended');
    await prompt.type('dragon');
    await firstRow(prompt, /^The model knows none of these words: “dragon”$/);
    await prompt.pressEnter();
    await window().screenshot('prompt-unknown');
    expect(await prompt.value()).toBe('dragon');
    expect(await window().editorTitles()).not.toContain('ZipAR Step-Through');
    await prompt.type('mountan at dusk');
    await firstRow(prompt, /^Generate with “mountains?”$/);
    await prompt.accept();
    const page = await window().webviewFrame('.run-header h1');
    await page.getByRole('heading', { name: /^mountains? at dusk$/ }).waitFor();
  });

  it('lists the words that the model knows, and adds the chosen one', async () => {
    const prompt = await openPrompt();
    await prompt.type('snow');
    const words = await prompt.pressButton('Words That the Model Knows', /^\d+ Words That the Model Knows$/);
    await words.pick('lighthouse');
    const again = await window().quickInput(/^Generate Image · /);
    expect(await again.value()).toBe('snow lighthouse ');
    await again.cancel();
  });

  it('keeps or changes the seed with one button', async () => {
    const prompt = await openPrompt();
    expect(await prompt.title()).toContain('Seed 7');
    await prompt.pressButton('One Seed: Draw a New One for Each Image Again', /^Generate Image · (?!.*Seed)/);
    // The seed of the image on screen.
    await prompt.pressButton('New Seed for Each Image: Keep One Instead', /Seed 7$/);
    await prompt.cancel();
  });

  it('has every choice behind the gear, and takes a number that is not listed', async () => {
    const prompt = await openPrompt();
    const choices = await prompt.pressButton(
      'Decoder, Window, Seed, Guidance…',
      'How the Next Images Are Made',
    );
    expect(await choices.items()).toEqual(
      expect.arrayContaining(['Model', 'Decoder', 'Window', 'Stand-in', 'Lookahead', 'Seed']),
    );
    await window().screenshot('choices');
    for (const [name, value] of [
      ['Temperature', '0.8'],
      ['Top-K', '100'],
      ['Top-P', '0.9'],
    ] as const) {
      await (await window().quickInput('How the Next Images Are Made')).pick(name);
      const input = await window().quickInput(name);
      await input.type('-1');
      await until('a refusal', async () => (await input.message()).includes('does not fit'));
      await input.type(value);
      await input.accept();
    }
    await (await window().quickInput('How the Next Images Are Made')).pick('Window');
    const windows = await window().quickInput('Window');
    await windows.type('5');
    await firstRow(windows, new RegExp(`^5: ${fixedWindowSteps(5)} steps instead of ${EMBEDDED.cells}`));
    await windows.accept();
    const after = await window().quickInput('How the Next Images Are Made');
    await after.pick('Seed');
    const seeds = await window().quickInput('Seed');
    expect(await seeds.items()).toEqual(['random', 'same as shown', 'fixed']);
    await seeds.type('123');
    await firstRow(seeds, /^123$/);
    await seeds.accept();
    await (await window().quickInput('How the Next Images Are Made')).pick('Model');
    await window().quickInput('Select Model');
    // The choices take the place of the models at once, so no moment without an input can be awaited.
    await window().page.keyboard.press('Escape');
    const back = await window().quickInput('How the Next Images Are Made');
    await window().page.keyboard.press('Escape');
    await window().quickInput(/^Generate Image · ZipAR · Window 5 · Seed 123$/);
    await back.cancel();
  });

  it('brings a text back that the sidecar refuses, with the reason', async () => {
    const prompt = await openPrompt();
    // Nothing is read while it is typed: the text is longer than any prompt.
    await prompt.type(`sea ${'by night '.repeat(1200)}`);
    await firstRow(prompt, /^Generate: sea by night/);
    await prompt.pressEnter();
    await until(
      'the reason',
      async () => (await prompt.items()).includes('Not generated'),
      () => prompt.describe(),
    );
    await window().screenshot('prompt-refused');
    expect(await prompt.value()).toMatch(/^sea by night by night/);
    await prompt.cancel();
    expect(window().extensionHostErrors()).toEqual([]);
  });
});
