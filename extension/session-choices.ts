import { l10n } from 'vscode';
import { savedPercent, type DecoderName, type ModelSummary } from '../sidecar/protocol';
import type { SessionChoices } from './generate-options';
import type { GenerationSettings } from './settings';
import { leastSteps, offeredWindows, rasterSteps } from './step-count';
import { askForText, pickOne, type Choice } from './window/quick-inputs';

interface ChoiceItem extends Choice {
  readonly choose: (now: SessionChoices) => Promise<SessionChoices>;
}
interface ValueItem<T> extends Choice {
  readonly value: T;
}

/** Shows the second quick pick: the settings for the next image. The user can change each value. */
export async function askForChoices(
  choices: SessionChoices,
  settings: GenerationSettings,
  model: ModelSummary | undefined,
): Promise<SessionChoices> {
  for (;;) {
    const item = await pickOne(choiceItems(choices, settings, model), {
      title: l10n.t('How the Next Images Are Made'),
      placeHolder: l10n.t('Choose what to change, or press Escape to go back to the prompt'),
    });
    if (!item) return choices;
    choices = await item.choose(choices);
  }
}

/** Summarises the choices in few words, for the title of the prompt's quick pick. */
export function summarizeChoices(
  choices: SessionChoices,
  settings: GenerationSettings,
  model: ModelSummary | undefined,
): string {
  const { decoder, window: size, seed } = effective(choices, settings, model);
  const how = describeHow(decoder, size);
  return seed === 'random' ? how : l10n.t('{0}, seed {1}', how, seed);
}

function describeHow(decoder: DecoderName, size: number | undefined): string {
  switch (decoder) {
    case 'raster':
      return l10n.t('raster');
    case 'zipar':
      return size === undefined ? l10n.t('ZipAR') : l10n.t('ZipAR, window {0}', size);
    case 'zipar-adaptive':
      return size === undefined
        ? l10n.t('ZipAR, adaptive window')
        : l10n.t('ZipAR, adaptive window from {0}', size);
  }
}

function effective(choices: SessionChoices, settings: GenerationSettings, model: ModelSummary | undefined) {
  return {
    decoder: choices.decoder ?? settings.decoder ?? 'zipar',
    window: choices.window ?? settings.window ?? model?.defaults.window,
    seed: choices.seed ?? settings.seed ?? ('random' as const),
    guidance: choices.guidance ?? settings.guidance ?? model?.defaults.guidance,
  };
}

function choiceItems(
  choices: SessionChoices,
  settings: GenerationSettings,
  model: ModelSummary | undefined,
): ChoiceItem[] {
  const now = effective(choices, settings, model);
  const modelsOwn = l10n.t('the model’s own');
  const windowItem: ChoiceItem = {
    label: now.decoder === 'zipar-adaptive' ? l10n.t('Least Window') : l10n.t('Window'),
    description: now.window === undefined ? modelsOwn : describeWindow(now.decoder, now.window, model),
    choose: async (old) => ({ ...old, ...named('window', await askWindow(now.decoder, now.window, model)) }),
  };
  return [
    {
      label: l10n.t('Decoder'),
      description: describeHow(now.decoder, undefined),
      choose: async (old) => ({ ...old, ...named('decoder', await askDecoder(model)) }),
    },
    ...(now.decoder === 'raster' ? [] : [windowItem]),
    {
      label: l10n.t('Seed'),
      description: now.seed === 'random' ? l10n.t('random') : String(now.seed),
      choose: async (old) => ({ ...old, ...named('seed', await askSeed(now.seed)) }),
    },
    {
      label: l10n.t('Guidance'),
      description: now.guidance === undefined ? modelsOwn : String(now.guidance),
      choose: async (old) => ({ ...old, ...named('guidance', await askGuidance(now.guidance)) }),
    },
    {
      label: l10n.t('Back to the Settings’ Values'),
      choose: () => Promise.resolve({}),
    },
  ];
}

/** Describes a window: "4: 76 steps instead of 256, saves 70 %", "4: at least 91 steps instead of 256, saves up to 64 %". */
function describeWindow(decoder: DecoderName, size: number, model: ModelSummary | undefined): string {
  if (!model) return String(size);
  const steps = leastSteps(model.grid, decoder, size);
  const raster = rasterSteps(model.grid);
  const saved = savedPercent(steps, raster);
  return decoder === 'zipar-adaptive' && steps < raster
    ? l10n.t('{0}: at least {1} steps instead of {2}, saves up to {3} %', size, steps, raster, saved)
    : l10n.t('{0}: {1} steps instead of {2}, saves {3} %', size, steps, raster, saved);
}

async function askDecoder(model: ModelSummary | undefined): Promise<DecoderName | undefined> {
  const items: ValueItem<DecoderName>[] = [
    { value: 'zipar', label: l10n.t('ZipAR'), detail: l10n.t('Many tokens a step, several rows at once.') },
    {
      value: 'zipar-adaptive',
      label: l10n.t('ZipAR, adaptive window'),
      detail: l10n.t(
        'As ZipAR, but a row waits until more of the row above no longer changes how it begins.',
      ),
    },
    {
      value: 'raster',
      label: l10n.t('raster'),
      detail: model
        ? l10n.t('One token a step: {0} steps.', rasterSteps(model.grid))
        : l10n.t('One token a step.'),
    },
  ];
  return (await pickOne(items, { title: l10n.t('Decoder') }))?.value;
}

async function askWindow(
  decoder: DecoderName,
  current: number | undefined,
  model: ModelSummary | undefined,
): Promise<number | undefined> {
  if (!model)
    return askNumber(l10n.t('Window'), l10n.t('Columns a row is ahead of the next'), current, isWindow);
  const items = offeredWindows(model.grid[1], model.defaults.window).map((size): ValueItem<number> => ({
    value: size,
    label: l10n.t('window {0}', describeWindow(decoder, size, model)),
    description: [
      ...(size === current ? [l10n.t('current')] : []),
      ...(size === model.defaults.window ? [l10n.t('the model’s own')] : []),
    ].join(', '),
  }));
  return (
    await pickOne(items, {
      title: l10n.t('Window'),
      placeHolder: l10n.t(
        'How far a row must be ahead before the next one starts: small is fast, large is faithful',
      ),
    })
  )?.value;
}

async function askSeed(current: number | 'random'): Promise<number | 'random' | undefined> {
  const items: ValueItem<'random' | 'fixed'>[] = [
    { value: 'random', label: l10n.t('random'), detail: l10n.t('Each image is different.') },
    { value: 'fixed', label: l10n.t('fixed'), detail: l10n.t('The same prompt gives the same image.') },
  ];
  const choice = await pickOne(items, { title: l10n.t('Seed') });
  if (choice?.value !== 'fixed') return choice?.value;
  const known = current === 'random' ? undefined : current;
  return askNumber(l10n.t('Seed'), l10n.t('A whole number from 0 to 4294967295'), known, isSeed);
}

async function askGuidance(current: number | undefined): Promise<number | undefined> {
  const hint = l10n.t('How closely the image follows the prompt; 1 is no guidance');
  return askNumber(l10n.t('Guidance'), hint, current, (value) => value >= 1 && value <= 100);
}

async function askNumber(
  title: string,
  prompt: string,
  current: number | undefined,
  isValid: (value: number) => boolean,
): Promise<number | undefined> {
  const text = await askForText({
    title,
    prompt,
    value: current === undefined ? '' : String(current),
    problemWith: (input) =>
      input.trim() !== '' && isValid(Number(input))
        ? undefined
        : l10n.t('“{0}” does not fit: {1}', input, prompt),
  });
  return text === undefined ? undefined : Number(text);
}

function isSeed(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffffffff;
}

function isWindow(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}

/** An object with the named value; empty if nothing was chosen, so the earlier choice stays. */
function named<K extends string, V>(name: K, value: V | undefined): { readonly [name in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [name in K]: V });
}
