import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { getL10nJson } from '@vscode/l10n-dev';
import { CELL_TRACKS } from '../../../sidecar/decoding/cell-tracks';
import { plainTexts, plainTextsOfErrors, sentencesOfSidecar } from '../../fixtures/sidecar-sentences';
import { describeDecoders } from '../../../sidecar/decoding/decoder-table';
import { publishedRepositories } from '../../../sidecar/engine/published-repositories';

const SENTENCE_ERRORS = new Set([
  'BranchError',
  'ComparisonError',
  'DecoderError',
  'EngineError',
  'ModelError',
  'OutOfMemoryError',
  'PastStepsError',
  'PrecisionError',
  'PromptError',
  'ProviderFailure',
  'RequestError',
  'RuntimeUnavailableError',
  'SamplingError',
  'TraceFileError',
  'VocabularyError',
]);
/** Files with texts that no user of the extension reads, or that are the same in every language, by reason. */
const NOT_FOR_USERS: readonly (readonly [reason: string, files: RegExp])[] = [
  [
    'a program wrote a wrong message',
    /^sidecar\/protocol\/(parse-messages|frames|frame-bytes|snapshot-\w+)\.ts$/,
  ],
  ['a language model reads it', /^sidecar\/protocol\/picture-tool\.ts$/],
  [
    'the report in English has it; the page gives its own words',
    /^sidecar\/decoder-report\/quality-plot\.ts$/,
  ],
  ['keys and values of a PNG', /^sidecar\/(image\/generation-metadata|engine\/recorded-run)\.ts$/],
  [
    'what a model was trained to read',
    /^sidecar\/model\/families\/(emu3|lumina)\/(prompt|picture-tokens)\.ts$/,
  ],
  ['an example of a prompt', /^sidecar\/model\/llama\/prompted-model\.ts$/],
  ['keys of measured times', /^sidecar\/engine\/(step-costs|product-times)\.ts$/],
  [
    'names of tensors and kinds of values',
    /^sidecar\/model\/.*\/(pickle-\w+|state-dict-pickle|pytorch-checkpoint|linear-parts|transformer-graph|shared-vocabulary-transformer)\.ts$/,
  ],
  [
    'the kind of a file',
    /^sidecar\/(model\/(weight-files|families\/\w+\/\w[\w-]*)|files\/file-content)\.ts$/,
  ],
  ['the system is asked', /^(sidecar\/hardware\/graphics-devices|extension\/node-runtime)\.ts$/],
  [
    'the log, or a stranger at the socket',
    /^sidecar\/(server\/\w[\w-]*|engine\/run-in-progress|model\/precision\/packing-listener)\.ts$/,
  ],
  [
    'reasons of the program for itself',
    /^sidecar\/(engine\/loaded-model|runtime\/onnxruntime\/load-library|trace-file\/apng)\.ts$/,
  ],
  [
    'settings in the record of a run, such as “window 4”',
    /^sidecar\/decoding\/(zipar\/decoders|scd\/scd|pjd\/pjd)\.ts$/,
  ],
  [
    'names of programs',
    /^(sidecar\/engine\/(hardware-report|provider-choice)|extension\/(extension|status-bar|status-menu|command-line))\.ts$/,
  ],
  ['markup', /^extension\/(webview-html|schedule-figure)\.ts$/],
  ['ids and names of files', /^extension\/(runs-view|export-name)\.ts$/],
];
const ROOT = path.resolve(import.meta.dirname, '../../..');

async function texts(file: string): Promise<Record<string, string>> {
  return JSON.parse(await readFile(path.join(ROOT, file), 'utf8')) as Record<string, string>;
}

/** The placeholders of a message, such as `{0}`, sorted by number. */
function placeholders(text: string): string[] {
  return [...text.matchAll(/\{\d+\}/g)].map(String).sort();
}

/** The texts of the table of decoders. A decoder without translations is shown in English. */
function decoderTexts(): string[] {
  return describeDecoders().flatMap(({ label, summary, settings }) => [
    label,
    summary,
    ...settings.flatMap((setting) => [
      setting.label,
      setting.summary,
      ...(setting.kind === 'choice' ? setting.choices : (setting.words ?? [])).map((value) => value.summary),
    ]),
  ]);
}

/** The texts of the tracks, which the page shows. */
function trackTexts(): string[] {
  return CELL_TRACKS.flatMap(({ description: { label, unit, lowWord, highWord } }) =>
    [label, unit, lowWord, highWord].filter((text) => text !== ''),
  );
}

/** What the published repositories hold. Without a translation it is shown in English. */
function repositoryTexts(): string[] {
  return publishedRepositories().map(({ holds }) => holds);
}

/** The sources of a folder. The extractor knows our own module of the page by the name of the library that it is like. */
async function sourcesIn(name: string): Promise<string[]> {
  const folder = path.join(ROOT, name);
  const sources = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts'));
  const contents = await Promise.all(sources.map((file) => readFile(path.join(folder, file), 'utf8')));
  return contents.map((text) => text.replace(/from '(\.{1,2}\/)+l10n'/, "from '@vscode/l10n'"));
}

describe('the strings of package.json', () => {
  it('are all in package.nls.json, and no others', async () => {
    const manifest = await readFile(path.join(ROOT, 'package.json'), 'utf8');
    const used = new Set([...manifest.matchAll(/"%([^%"]+)%"/g)].map((match) => match[1]));
    expect(Object.keys(await texts('package.nls.json')).sort()).toEqual([...used].sort());
  });

  it('are all translated', async () => {
    const german = await texts('package.nls.de.json');
    expect(Object.keys(german)).toEqual(Object.keys(await texts('package.nls.json')));
    expect(Object.values(german).every((text) => text.trim() !== '')).toBe(true);
  });
});

describe('the texts of the sidecar and the extension', () => {
  it('are sentences, or texts of tables with translations, but for texts that no user reads', async () => {
    const bundle = await texts('l10n/bundle.l10n.json');
    const outside = plainTexts().filter(({ text }) => !Object.hasOwn(bundle, text));
    expect(outside.filter(({ file }) => !NOT_FOR_USERS.some(([, files]) => files.test(file)))).toEqual([]);
    const idle = NOT_FOR_USERS.filter(([, files]) => !outside.some(({ file }) => files.test(file)));
    expect(idle).toEqual([]);
  });
});

describe('the sentences of the sidecar', () => {
  it('carry their values, so that the extension can say them in the language of the user', () => {
    expect(plainTextsOfErrors(SENTENCE_ERRORS)).toEqual([]);
  });
});

describe('the strings of the code', () => {
  it('are all in the bundle, which else has only texts of the tables of decoders and families', async () => {
    const contents = [...(await sourcesIn('extension')), ...(await sourcesIn('webview'))];
    const found = Object.keys(
      await getL10nJson(contents.map((text) => ({ extension: '.ts', contents: text }))),
    );
    const bundle = Object.keys(await texts('l10n/bundle.l10n.json'));
    expect(bundle).toEqual(expect.arrayContaining(found));
    const others = bundle.filter((text) => !found.includes(text));
    const told = sentencesOfSidecar().map(({ text }) => text);
    expect([...trackTexts(), ...told].filter((text) => !bundle.includes(text))).toEqual([]);
    const known = new Set([...decoderTexts(), ...repositoryTexts(), ...trackTexts(), ...told]);
    expect(others.filter((text) => !known.has(text))).toEqual([]);
  });

  it('are all translated, with the same placeholders', async () => {
    const german = await texts('l10n/bundle.l10n.de.json');
    expect(Object.keys(german).sort()).toEqual(Object.keys(await texts('l10n/bundle.l10n.json')).sort());
    for (const [english, text] of Object.entries(german)) {
      expect(text.trim()).not.toBe('');
      expect(placeholders(text), english).toEqual(placeholders(english));
    }
  });
});
