/**
 * Damages every file of a model except its weights, and every file that users pass in. Each is refused in a sentence or read
 * correctly.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTokensFile } from '../../../sidecar/cli/tokens-file';
import { UsageError } from '../../../sidecar/cli/usage-error';
import { EvaluationError } from '../../../sidecar/evaluation/evaluation-error';
import { readPromptSet } from '../../../sidecar/evaluation/prompt-set';
import { Checkpoint } from '../../../sidecar/model/checkpoint';
import { readCaptionFile } from '../../../sidecar/model/caption-file';
import { ModelError } from '../../../sidecar/model/model-error';
import { readModelFolder } from '../../../sidecar/model/model-folder';
import { CaptionTokenizer } from '../../../sidecar/model/t5/caption-tokenizer';
import { readTextEncoder } from '../../../sidecar/model/t5/text-encoder-folder';
import { WeightsError } from '../../../sidecar/model/weights/weights-error';
import { encodePrompt } from '../../../sidecar/prompt/prompt-words';
import { PromptError, VocabularyError } from '../../../sidecar/prompt/word-vocabulary';
import { damage, randomIntegers } from '../weights/damage';
import { SMALL_MODEL } from '../../fixtures/small-model';

const ROOT = path.join(__dirname, '../../..');
const GOLDEN = path.join(ROOT, 'test/golden');
const TYPED = [ModelError, WeightsError, VocabularyError, PromptError, UsageError, EvaluationError];
const ROUNDS = 200;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-damaged-'));
  cpSync(path.join(GOLDEN, 'llamagen-c2i'), path.join(folder, 'c2i'), { recursive: true });
  cpSync(path.join(GOLDEN, 'llamagen-t2i/caption.safetensors'), path.join(folder, 'caption.safetensors'));
  cpSync(path.join(GOLDEN, 't5-encoder'), path.join(folder, 't5'), { recursive: true });
  cpSync(SMALL_MODEL, path.join(folder, 'words'), { recursive: true });
  writeFileSync(
    path.join(folder, 'prompts.json'),
    JSON.stringify({
      format: 'zipar-prompts',
      version: 1,
      prompts: [
        { prompt: 'a lake at dusk', expect: [{ rate: 'time', all: [['time', 'is', 'dusk']] }] },
        { class: 7, group: 'seen' },
      ],
    }),
  );
  writeFileSync(
    path.join(folder, 'tokens.json'),
    JSON.stringify({ grid: [2, 3], tokens: [1, 2, 3, 4, 5, 6] }),
  );
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const t5 = (): Promise<unknown> =>
  readTextEncoder(path.join(folder, 't5'), 32).then(async (source) => {
    await Checkpoint.open(source.folder, source.weights, 'config.json');
    (await CaptionTokenizer.open(source)).encode('a lake at dusk with a red sun', 120);
  });

const FILES: Readonly<Record<string, () => Promise<unknown>>> = {
  'c2i/zipar-model.json': () => readModelFolder(path.join(folder, 'c2i')),
  'words/zipar-model.json': () => readModelFolder(path.join(folder, 'words')),
  'words/vocabulary.json': async () => {
    const { vocabulary, condition } = await readModelFolder(path.join(folder, 'words'));
    if (!vocabulary || condition.kind !== 'words') throw new ModelError('takes no words');
    encodePrompt('A lake at sunset, with two xyzzy.', vocabulary, condition.tokens);
  },
  'caption.safetensors': () => readCaptionFile(path.join(folder, 'caption.safetensors'), 120, 32),
  't5/config.json': t5,
  't5/tokenizer.json': t5,
  'prompts.json': () => readPromptSet(path.join(folder, 'prompts.json')),
  'tokens.json': () => readTokensFile(path.join(folder, 'tokens.json')),
};

describe.each(Object.entries(FILES))('%s', (name, read) => {
  it('is read when it is not damaged', async () => {
    await read();
  });

  it(`is refused in a sentence or read, ${ROUNDS} times damaged`, { timeout: 60_000 }, async () => {
    const file = path.join(folder, name);
    const original = readFileSync(file);
    const random = randomIntegers(20261123);
    let refused = 0;
    try {
      for (let round = 0; round < ROUNDS; round++) {
        writeFileSync(file, damage(original, random));
        const problem = await read().then(
          () => undefined,
          (error: unknown) => error,
        );
        if (problem === undefined) continue;
        refused++;
        if (!TYPED.some((kind) => problem instanceof kind)) throw problem as Error;
        expect((problem as Error).message).toMatch(/\S \S/);
      }
    } finally {
      writeFileSync(file, original);
    }
    expect(refused).toBeGreaterThan(0);
  });
});
