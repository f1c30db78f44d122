/** A prompt for a model that takes captions. A setting names the text encoder. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPngText } from '../../sidecar/image/png';
import { writeTextToImageModel } from '../checkpoints/text-to-image-model';
import { generate, stepsDone } from './generation';
import { until } from './until';
import { vscodes, windowForTests } from './window-for-tests';

const FOLDER = mkdtempSync(join(tmpdir(), 'zipar-text-prompt-'));
const MODEL = join(FOLDER, 'model');
const TEXT_ENCODER = join(__dirname, '../golden/t5-encoder');
const PROMPT = 'An astronaut riding a horse';

beforeAll(() => writeTextToImageModel(MODEL));
afterAll(() => {
  rmSync(FOLDER, { recursive: true, force: true });
});

describe.each(vscodes)('in the %s VS Code', (age) => {
  const window = windowForTests(age, {
    settings: {
      'ziparStudio.model': MODEL,
      'ziparStudio.textEncoder': TEXT_ENCODER,
      'ziparStudio.window': 8,
    },
  });

  it('any prompt is drawn, and no word is refused', async () => {
    await generate(window(), PROMPT);
    await stepsDone(await window().webviewFrame('.token-grid'), 64);
    const folder = join(window().workspace, 'zipar-images');
    const picture = await until('the picture', () =>
      Promise.resolve(existsSync(folder) && readdirSync(folder).find((name) => name.endsWith('.png'))),
    );
    const text = readPngText(readFileSync(join(folder, picture)));
    expect(JSON.parse(text.get('zipar') ?? '')).toMatchObject({ prompt: PROMPT });
    expect(window().extensionHostErrors()).toEqual([]);
  });
});
