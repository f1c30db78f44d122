/** Descriptions that are JSON with wrong content: each is refused in a sentence or read correctly. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BenchmarkError } from '../../../sidecar/benchmark/benchmark-error';
import { parseBenchmark } from '../../../sidecar/benchmark/read-benchmark';
import { EvaluationError } from '../../../sidecar/evaluation/evaluation-error';
import { readJudgeDescription } from '../../../sidecar/evaluation/judge-description';
import { readPromptSet } from '../../../sidecar/evaluation/prompt-set';
import { ModelError } from '../../../sidecar/model/model-error';
import { parseManifest } from '../../../sidecar/model/model-manifest';
import { CaptionTokenizer } from '../../../sidecar/model/t5/caption-tokenizer';
import { parseT5Config } from '../../../sidecar/model/t5/t5-config';
import { cleanCaption } from '../../../sidecar/prompt/clean-caption';
import { encodePrompt } from '../../../sidecar/prompt/prompt-words';
import { parseVocabulary, PromptError, VocabularyError } from '../../../sidecar/prompt/word-vocabulary';
import { letterTokenizer } from '../../checkpoints/t5-folder';
import { sampleReport } from '../benchmark/sample-report';
import { placingVocabularyFile } from '../prompt/small-vocabulary';
import { randomIntegers } from '../weights/damage';

const ROOT = path.join(__dirname, '../../..');
const TYPED = [ModelError, VocabularyError, PromptError, EvaluationError, BenchmarkError];
const readJson = (name: string): unknown => JSON.parse(readFileSync(path.join(ROOT, name), 'utf8'));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-mutated-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Writes the text into a file and returns its path. */
function written(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

type Random = (below: number) => number;
const STRANGE: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    1,
    -1,
    1.5,
    1e308,
    -1e308,
    2 ** 53,
    '',
    'x',
    '\0',
    '../x',
    'a'.repeat(1000),
    '▁',
    '😀',
  ],
  ...[
    [],
    {},
    [null],
    [[]],
    [{}],
    ['x'],
    [1, 2],
    { type: 'Sequence' },
    { type: 'Replace' },
    { __proto__: null, constructor: 1 },
  ],
];

/** The value with one to three of its parts changed, removed, repeated or moved. */
function mutated(value: unknown, random: Random): unknown {
  let changed = value;
  for (let i = random(3); i >= 0; i--) changed = mutatedOnce(changed, random);
  return changed;
}

function mutatedOnce(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random(8) === 0) return STRANGE[random(STRANGE.length)];
  const keys = Object.keys(value);
  const key = keys[random(keys.length)];
  if (key === undefined) return STRANGE[random(STRANGE.length)];
  const inner = (value as Record<string, unknown>)[key];
  if (Array.isArray(value)) {
    const at = Number(key);
    const parts = [[], [inner, inner], [mutatedOnce(inner, random)], [value]] as const;
    return [
      ...(value as unknown[]).slice(0, at),
      ...(parts[random(4)] ?? []),
      ...(value as unknown[]).slice(at + 1),
    ];
  }
  const rest = Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
  return random(4) === 0 ? rest : { ...rest, [key]: mutatedOnce(inner, random) };
}

const PARSERS: readonly [string, number, () => unknown, (text: string) => unknown][] = [
  [
    'a manifest',
    5000,
    () => readJson('test/fixtures/models/vista-small/zipar-model.json'),
    (text) => parseManifest(text, 'zipar-model.json'),
  ],
  [
    'a vocabulary',
    5000,
    () => placingVocabularyFile,
    (text) => encodePrompt("a red boat's left, sunset xyzzy", parseVocabulary(text, 'vocabulary.json'), 12),
  ],
  [
    'a text encoder’s config',
    5000,
    () => readJson('test/golden/t5-encoder/config.json'),
    (text) => parseT5Config(text, 'config.json'),
  ],
  [
    'a tokenizer',
    3000,
    letterTokenizer,
    async (text) => {
      const config = parseT5Config(
        readFileSync(path.join(ROOT, 'test/golden/t5-encoder/config.json'), 'utf8'),
        'c',
      );
      const source = { folder, weights: '', tokenizer: written('tokenizer.json', text), config };
      (await CaptionTokenizer.open(source)).encode('a red house </s> ﷺ\u00a0<unk>', 5);
    },
  ],
  [
    'a prompt set',
    1000,
    () => ({
      format: 'zipar-prompts',
      version: 1,
      prompts: [
        { prompt: 'a lake', expect: [{ rate: 'time', all: [['time', 'is', 'dusk']] }] },
        { class: 7, group: 'g' },
      ],
    }),
    (text) => readPromptSet(written('prompts.json', text)),
  ],
  [
    'a judge',
    1000,
    () => ({
      ...{ format: 'zipar-judge', version: 1, weights: 'judge.safetensors', features: 8 },
      ...{
        statistics: { file: 'statistics.safetensors', renderings: 9 },
        input: { side: 16, pixelUnshuffle: 2 },
      },
      ...{
        convolutions: { widths: [[12, 8]], maxPoolAfter: [0] },
        attributes: [{ name: 'time', classes: ['day', 'dusk'] }],
      },
    }),
    (text) => {
      written('judge.json', text);
      return readJudgeDescription(folder);
    },
  ],
  ['figures of a benchmark', 3000, sampleReport, (text) => parseBenchmark(Buffer.from(text), 'old.json')],
];

describe.each(PARSERS)('%s', (_, rounds, original, read) => {
  it('is read as it is', async () => {
    await read(JSON.stringify(original()));
  });

  it(`is refused in a sentence or read, ${rounds} times mutated`, async () => {
    const random = randomIntegers(20251125);
    let refused = 0;
    for (let round = 0; round < rounds; round++) {
      const text = JSON.stringify(mutated(original(), random));
      try {
        await read(text);
      } catch (error) {
        if (!TYPED.some((kind) => error instanceof kind))
          throw new Error(text.slice(0, 2000), { cause: error });
        expect((error as Error).message.length).toBeLessThan(1500);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(rounds / 10);
  });
});

describe('a caption', () => {
  it('is cleaned, 10000 times made up', () => {
    const parts = [
      ...[
        'a',
        'é',
        '1',
        '20x30',
        '.',
        '.com',
        '.png',
        '@',
        '#',
        '<',
        '>',
        '<!--',
        '-->',
        '&#x41;',
        '&amp;',
        '%41',
        '%ff',
      ],
      ...[
        '"',
        "'",
        '\\n',
        ' ',
        '\n',
        '\u00a0',
        '\ud800',
        '\udc00',
        '😀',
        'ﬁ',
        '日',
        '-',
        '_',
        ':',
        '(',
        'http://',
        'www.',
      ],
    ];
    const random = randomIntegers(5);
    for (let round = 0; round < 10_000; round++) {
      const caption = Array.from({ length: random(30) }, () => parts[random(parts.length)]).join('');
      const cleaned = cleanCaption(caption);
      expect(cleaned).toBe(cleaned.trim());
    }
  });
});
