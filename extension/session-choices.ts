import { l10n } from 'vscode';
import {
  savedPercent,
  type DecoderDescription,
  type DecoderSetting,
  type DecodingChoice,
  type DecodingCost,
  type ModelSummary,
} from '../sidecar/protocol';
import {
  askCount,
  askNumber,
  askSeed,
  GUIDANCE,
  TEMPERATURE,
  TOP_K,
  TOP_P,
  type AskedNumber,
} from './ask-value';
import {
  defaultOf,
  isInRange,
  nextDecoding,
  offeredValues,
  settingsToName,
  type NextDecoding,
} from './decoder-choices';
import { isTrained, parseGrid, pixelsOf, shapeName, withGrid, type GridSides } from './picture-grid';
import type { GenerationSettings, SessionChoices } from './settings';
import { askForText, pickOne, pickOrType, type Choice } from './window/quick-inputs';
import { inUsersLanguage } from './in-users-language';

/** What the user can choose from. */
export interface ChoiceContext {
  readonly settings: GenerationSettings;
  /** The sidecar's table of decoders. */
  readonly decoders: readonly DecoderDescription[];
  readonly model: ModelSummary | undefined;
  /** Seed of the image on screen; undefined when there is none. */
  readonly shownSeed: number | undefined;
  /** Lets the user choose another model. Resolves with what there is to choose from afterwards. */
  readonly chooseModel: () => Promise<ChoiceContext>;
  /** Counts the steps that choices come to for a model. The costs are in the order of the choices. */
  readonly countSteps: (
    choices: readonly DecodingChoice[],
    model: ModelSummary,
  ) => Promise<{ readonly costs: readonly DecodingCost[]; readonly rasterSteps: number }>;
}

interface ChoiceItem extends Choice {
  /** Asks for a choice; `model`: the user wants another model. */
  readonly choose: 'model' | ((now: SessionChoices) => Promise<SessionChoices>);
}
interface ValueItem<T> extends Choice {
  readonly value: T;
}

/** Shows the second quick pick: the settings for the next image. The user can change each value. */
export async function askForChoices(
  choices: SessionChoices,
  context: ChoiceContext,
): Promise<{ readonly choices: SessionChoices; readonly context: ChoiceContext }> {
  for (;;) {
    const chosen = gridOf(choices, context.model);
    const model = chosen && context.model ? withGrid(context.model, chosen) : context.model;
    const item = await pickOne(await choiceItems(choices, { ...context, model }, context.model), {
      title: l10n.t('How the Next Images Are Made'),
      placeHolder: l10n.t('Choose what to change, or press Escape to go back to the prompt'),
    });
    if (!item) return { choices, context };
    if (item.choose === 'model') context = await context.chooseModel();
    else choices = await item.choose(choices);
  }
}

/** Summarises the choices in few words, for the title of the prompt's quick pick: "ZipAR · Window 4 · Seed 7". */
export function summarizeChoices(
  choices: SessionChoices,
  { settings, decoders, model }: Pick<ChoiceContext, 'settings' | 'decoders' | 'model'>,
): string {
  const next = nextDecoding(choices, settings, decoders);
  const { seed } = effective(choices, settings, model);
  return [
    decoderLabel(next),
    ...settingsToName(next, model).map(([{ label }, value]) => `${l10n.t(label)} ${value}`),
    ...(seed === 'random' ? [] : [`${l10n.t('Seed')} ${seed}`]),
    ...(choices.count === undefined || choices.count === 1 ? [] : [`×${choices.count}`]),
  ].join(' · ');
}

// The table's texts are in the sidecar. `l10n.t` finds a translation if the bundle has one, and otherwise keeps the text.
function decoderLabel({ description, choice }: NextDecoding): string {
  return description ? l10n.t(description.label) : choice.decoder;
}

function effective(choices: SessionChoices, settings: GenerationSettings, model: ModelSummary | undefined) {
  return {
    seed: choices.seed ?? settings.seed ?? ('random' as const),
    guidance: choices.guidance ?? settings.guidance ?? model?.defaults.guidance,
    temperature: choices.temperature ?? settings.temperature ?? model?.defaults.temperature,
    topK: choices.topK ?? settings.topK ?? model?.defaults.topK,
    topP: choices.topP ?? model?.defaults.topP,
  };
}

/** The grid that was chosen for the model; undefined when the model's usual one counts. */
function gridOf({ grid }: SessionChoices, model: ModelSummary | undefined): GridSides | undefined {
  return grid && grid.model === model?.name ? grid.sides : undefined;
}

/**
 * @param context its model has the chosen grid
 * @param usual the model with its usual grid
 */
async function choiceItems(
  choices: SessionChoices,
  context: ChoiceContext,
  usual: ModelSummary | undefined,
): Promise<ChoiceItem[]> {
  const { settings, decoders, model } = context;
  const next = nextDecoding(choices, settings, decoders);
  const now = effective(choices, settings, model);
  const [cost = ''] = await costsInWords([next.choice], context);
  return [
    {
      label: l10n.t('Model'),
      description: model?.name ?? '',
      detail: l10n.t('What draws the image.'),
      choose: 'model',
    },
    {
      label: l10n.t('Decoder'),
      description: [decoderLabel(next), cost].filter((part) => part !== '').join(': '),
      detail: next.description ? l10n.t(next.description.summary) : '',
      choose: async (old) => ({ ...old, ...named('decoder', await askDecoder(next, context)) }),
    },
    ...(next.description?.settings ?? []).map((setting) => settingItem(setting, next, context)),
    {
      label: l10n.t('Seed'),
      description: now.seed === 'random' ? l10n.t('random') : String(now.seed),
      detail: l10n.t('The number that chance starts from. The same seed gives the same image.'),
      choose: async (old) => ({ ...old, ...named('seed', await askSeed(now.seed, context.shownSeed)) }),
    },
    numberItem('guidance', now.guidance, GUIDANCE),
    numberItem('temperature', now.temperature, TEMPERATURE),
    numberItem('topK', now.topK, TOP_K),
    numberItem('topP', now.topP, TOP_P),
    ...(usual && usual.trainedGrids.length > 0
      ? [gridItem(usual, gridOf(choices, usual) ?? usual.grid)]
      : []),
    ...promptPartItems(choices, settings, usual),
    {
      label: l10n.t('Number of Images'),
      description: String(choices.count ?? 1),
      choose: async (old) => ({ ...old, ...named('count', await askCount(choices.count ?? 1)) }),
    },
    {
      label: l10n.t('Back to the Settings’ Values'),
      choose: () => Promise.resolve({}),
    },
  ];
}

function gridItem(model: ModelSummary, now: GridSides): ChoiceItem {
  return {
    label: l10n.t('Size'),
    description: sizeText(model, now),
    choose: async (old) => {
      const sides = await askGrid(model, now);
      return sides ? { ...old, grid: { model: model.name, sides } } : old;
    },
  };
}

/** A grid in words: "16:9, 1280×720 pixels, 90 rows of 160 tokens". */
function sizeText(model: ModelSummary, sides: GridSides): string {
  return [
    shapeName(sides),
    ...extentOf(model, sides),
    ...(isTrained(model, sides) ? [] : [l10n.t('the model was not trained on this size')]),
  ].join(', ');
}

/** The numbers of a grid in words: "1280×720 pixels", "90 rows of 160 tokens". */
function extentOf(model: ModelSummary, sides: GridSides): readonly string[] {
  const pixels = pixelsOf(model, sides);
  return [
    ...(pixels === undefined ? [] : [l10n.t('{0} pixels', pixels)]),
    l10n.t('{0} rows of {1} tokens', sides[0], sides[1]),
  ];
}

async function askGrid(model: ModelSummary, now: GridSides): Promise<GridSides | undefined> {
  const items: ValueItem<GridSides | 'another'>[] = [
    ...model.trainedGrids.map((sides) => ({
      value: sides,
      label: shapeName(sides),
      description: [
        ...extentOf(model, sides),
        ...(sides.join() === now.join() ? [l10n.t('current')] : []),
        ...(sides.join() === model.grid.join() ? [l10n.t('the default')] : []),
      ].join(', '),
    })),
    {
      value: 'another',
      label: l10n.t('Another Size…'),
      detail: l10n.t('The model was not trained on other sizes, so the image may be poor.'),
    },
  ];
  const value = (await pickOne(items, { title: l10n.t('Size') }))?.value;
  if (value !== 'another') return value;
  const hint = l10n.t('Rows and columns of tokens, such as 48x64');
  const text = await askForText({
    ...{ title: l10n.t('Size'), prompt: hint, value: now.join('x') },
    problemWith: (input) => (parseGrid(input) ? undefined : l10n.t('“{0}” does not fit: {1}', input, hint)),
  });
  return text === undefined ? undefined : parseGrid(text);
}

/** The texts around the prompt, where the model has a place for them. */
function promptPartItems(
  choices: SessionChoices,
  settings: GenerationSettings,
  model: ModelSummary | undefined,
): ChoiceItem[] {
  const parts = [
    {
      name: 'suffix',
      label: l10n.t('Prompt Suffix'),
      prompt: l10n.t('Text after each prompt; empty for none'),
    },
    {
      name: 'negative',
      label: l10n.t('Negative Prompt'),
      prompt: l10n.t('What the image shall not show; empty for nothing'),
    },
  ] as const;
  return parts.flatMap(({ name, label, prompt }) => {
    const own = model?.[name];
    if (typeof own !== 'string') return [];
    const value = choices[name] ?? settings[name] ?? own;
    return {
      label,
      description: value,
      choose: async (old) => ({
        ...old,
        ...named(name, await askForText({ title: label, prompt, value, problemWith: () => undefined })),
      }),
    };
  });
}

function numberItem(
  name: 'guidance' | 'temperature' | 'topK' | 'topP',
  now: number | undefined,
  asked: AskedNumber,
): ChoiceItem {
  return {
    label: asked.label(),
    description: now === undefined ? l10n.t('the model’s own') : String(now),
    detail: asked.hint(),
    choose: async (old) => ({
      ...old,
      ...named(name, await askNumber(asked, now)),
    }),
  };
}

function settingItem(setting: DecoderSetting, next: NextDecoding, context: ChoiceContext): ChoiceItem {
  const value = next.choice.settings[setting.name] ?? defaultOf(setting, context.model);
  return {
    label: l10n.t(setting.label),
    description: value === undefined ? l10n.t('the model’s own') : String(value),
    detail: l10n.t(setting.summary),
    choose: async (old) => {
      const chosen = await askSetting(setting, value, next, context);
      if (chosen === undefined) return old;
      return { ...old, decoderSettings: { ...old.decoderSettings, [setting.name]: chosen } };
    },
  };
}

async function askDecoder(next: NextDecoding, context: ChoiceContext): Promise<string | undefined> {
  const choices = context.decoders.map(({ name }) =>
    nextDecoding(
      { decoder: name, decoderSettings: next.choice.settings },
      context.settings,
      context.decoders,
    ),
  );
  const costs = await costsInWords(
    choices.map(({ choice }) => choice),
    context,
  );
  const items = context.decoders.map(({ name, label, summary }, i): ValueItem<string> => ({
    value: name,
    label: l10n.t(label),
    description: costs[i] ?? '',
    detail: l10n.t(summary),
  }));
  return (await pickOne(items, { title: l10n.t('Decoder') }))?.value;
}

async function askSetting(
  setting: DecoderSetting,
  current: number | string | undefined,
  next: NextDecoding,
  context: ChoiceContext,
): Promise<number | string | undefined> {
  const title = l10n.t(setting.label);
  const { model } = context;
  if (setting.kind === 'integer' && setting.high === 'grid-width' && !model) {
    const { low } = setting;
    const asked = {
      label: () => title,
      hint: () => l10n.t(setting.summary),
      isValid: (value: number) => Number.isInteger(value) && value >= low,
    };
    return askNumber(asked, typeof current === 'number' ? current : undefined);
  }
  const rows = async (values: readonly (number | string)[]): Promise<ValueItem<number | string>[]> => {
    const costs = setting.changesSteps ? await costsInWords(withValues(next, setting, values), context) : [];
    return values.map((value, i) => ({
      value,
      label: [String(value), costs[i] ?? ''].filter((part) => part !== '').join(': '),
      description: [
        ...(value === current ? [l10n.t('current')] : []),
        ...(value === defaultOf(setting, model) ? [l10n.t('the default')] : []),
      ].join(', '),
      detail: meaningOf(setting, value),
    }));
  };
  const offered = offeredValues(setting, model);
  const items = await rows(offered);
  const summary = l10n.t(setting.summary);
  const placeHolder =
    setting.kind === 'choice' ? summary : l10n.t('{0} Another number can be typed.', summary);
  const chosen = await pickOrType(items, { title, placeHolder }, async (text) => {
    const value = Number(text);
    if (offered.includes(value) || !isInRange(setting, value, model)) return undefined;
    return (await rows([value]))[0];
  });
  return chosen?.value;
}

/** The choices that differ in the value of one setting. */
function withValues(
  { choice }: NextDecoding,
  { name }: DecoderSetting,
  values: readonly (number | string)[],
): readonly DecodingChoice[] {
  return values.map((value) => ({ ...choice, settings: { ...choice.settings, [name]: value } }));
}

function meaningOf(setting: DecoderSetting, value: number | string): string {
  const words = setting.kind === 'choice' ? setting.choices : (setting.words ?? []);
  const meaning = words.find((word) => word.value === value)?.summary;
  return meaning === undefined ? '' : l10n.t(meaning);
}

/**
 * What choices come to: "76 steps instead of 256, saves 70 %", or "at least 91 steps instead of 256, saves up to 64 %". If a
 * choice does not fit the model, the reason. Empty while the model is not known.
 */
async function costsInWords(
  choices: readonly DecodingChoice[],
  { model, countSteps }: ChoiceContext,
): Promise<readonly string[]> {
  if (!model) return [];
  const { costs, rasterSteps } = await countSteps(choices, model);
  return costs.map((cost) => {
    if (cost.kind === 'problem') return inUsersLanguage(cost.problem);
    const { least, most } = cost;
    const saved = savedPercent(least, rasterSteps);
    return least === most
      ? l10n.t('{0} steps instead of {1}, saves {2} %', least, rasterSteps, saved)
      : l10n.t('at least {0} steps instead of {1}, saves up to {2} %', least, rasterSteps, saved);
  });
}

/** An object with the named value; empty if nothing was chosen, so the earlier choice stays. */
function named<K extends string, V>(name: K, value: V | undefined): { readonly [name in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [name in K]: V });
}
