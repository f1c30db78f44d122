import { l10n, QuickPickItemKind, type Uri } from 'vscode';
import type { DecoderDescription, DecodingChoice, ModelSummary } from '../sidecar/protocol';
import type { RunSummary } from '../sidecar/trace-file/run-summary';
import { defaultOf, offeredValues } from './decoder-choices';
import { listModels } from './model-list';
import { UserError } from './report-error';
import { readRunSummary } from './run-document';
import type { RunFile } from './run-files';
import { runDetails, runTitle } from './run-text';
import { isSameDrawing, twinOf } from './run-twin';
import { readSettings } from './settings';
import type { Studio } from './studio';
import { chooseFile } from './window/file-dialogs';
import { pickOne, type Choice } from './window/quick-inputs';

/** Raster order as models were trained: one token a step, without drafts. */
const RASTER: DecodingChoice = { decoder: 'raster', settings: { lookahead: 0 } };

/** Another way to decode the same picture. */
interface OtherDecoding {
  readonly label: string;
  readonly description: string;
  readonly choice: DecodingChoice;
}

interface OtherRun extends Choice {
  /** Finds or makes the other run. Undefined when the user cancels. */
  readonly file?: () => Promise<Uri | undefined>;
}

/**
 * Compares a run with the same prompt and seed in raster order. A run that is already there is used, otherwise it is made.
 * @throws UserError when the run itself is in raster order
 */
export async function compareWithRaster(studio: Studio, file: Uri): Promise<void> {
  const summary = await readRunSummary(file);
  if (isSameDrawing({ ...summary, decoder: RASTER.decoder, decoderSettings: RASTER.settings }, summary))
    throw new UserError(
      l10n.t('This run is in raster order already. Choose another decoder with ZipAR: Compare With….'),
    );
  await open(studio, file, await decodedAs(studio, summary, RASTER));
}

/** Compares a run with another one that the user chooses: another decoder or window, a run of the list, or a file. */
export async function compareWith(studio: Studio, file: Uri): Promise<void> {
  const summary = await readRunSummary(file);
  const others = (await decodings(studio, summary)).map(({ label, description, choice }) => ({
    ...{ label, description },
    file: () => decodedAs(studio, summary, choice),
  }));
  const items: readonly OtherRun[] = [
    ...(others.length > 0 ? [separator(l10n.t('Same Prompt and Seed, Other Decoder')), ...others] : []),
    ...listedRuns(studio, file, summary),
    otherFile(),
  ];
  const title = l10n.t('Compare “{0}” with', runTitle(summary));
  const chosen = await pickOne(items, { title, matchOnDetail: true });
  const other = await chosen?.file?.();
  if (other) await open(studio, file, other);
}

async function open(studio: Studio, file: Uri, other: Uri | undefined): Promise<void> {
  if (other) await studio.comparisons.open([file, other]);
}

/** The file of the run with another decoding and the same seed: one of the list, or a new one. */
async function decodedAs(
  { index, generateImage }: Studio,
  summary: RunSummary,
  { decoder, settings }: DecodingChoice,
): Promise<Uri | undefined> {
  await index.refresh();
  const wanted = { ...summary, decoder, decoderSettings: settings };
  return (
    twinOf(wanted, index.runs)?.file ?? generateImage.again(summary, { decoder, decoderSettings: settings })
  );
}

/**
 * The decoders and windows that a run's model can be decoded with, but for the run's own. None when the model is not here.
 */
export async function decodings(studio: Studio, summary: RunSummary): Promise<readonly OtherDecoding[]> {
  const decoders = await studio.client.decoders();
  const models = await listModels(studio.client, readSettings(), studio.log);
  const model = models.find(({ name }) => name === summary.model);
  if (!model) return [];
  const choices = decoders.flatMap((decoder) => choicesOf(decoder, model));
  const connection = await studio.client.connection();
  const { costs } = await connection.request({
    type: 'count-steps',
    grid: summary.grid,
    modelWindow: model.defaults.window,
    choices: choices.map(({ choice }) => choice),
  });
  return choices.flatMap(({ label, choice }, i) => {
    const cost = costs[i];
    const wanted = { ...summary, decoder: choice.decoder, decoderSettings: choice.settings };
    if (!cost || cost.kind === 'problem' || isSameDrawing(wanted, summary)) return [];
    const { least, most } = cost;
    return [
      {
        label,
        description: least === most ? l10n.t('{0} steps', least) : l10n.t('at least {0} steps', least),
        choice,
      },
    ];
  });
}

/** A decoder with each value of its window. All other settings have their defaults. */
function choicesOf(
  decoder: DecoderDescription,
  model: ModelSummary,
): readonly { readonly label: string; readonly choice: DecodingChoice }[] {
  const window = decoder.settings.find(({ name }) => name === 'window');
  const label = l10n.t(decoder.label);
  const defaults = Object.fromEntries(
    decoder.settings.flatMap((setting) => {
      const value = defaultOf(setting, model);
      return value === undefined ? [] : [[setting.name, value]];
    }),
  );
  if (!window) return [{ label, choice: { decoder: decoder.name, settings: defaults } }];
  return offeredValues(window, model)
    .filter((value) => typeof value === 'number')
    .map((value) => ({
      label: `${label} · ${l10n.t(window.label)} ${value}`,
      choice: { decoder: decoder.name, settings: { ...defaults, window: value } },
    }));
}

function listedRuns({ index }: Studio, file: Uri, { grid, model }: RunSummary): readonly OtherRun[] {
  const isComparable = (run: RunFile): boolean =>
    run.file.toString() !== file.toString() &&
    run.summary.model === model &&
    run.summary.grid.every((side, i) => side === grid[i]);
  const lines = index.runs.filter(isComparable).map((run) => ({
    label: runTitle(run.summary),
    description: runDetails(run.summary),
    file: () => Promise.resolve(run.file),
  }));
  return lines.length === 0 ? [] : [separator(l10n.t('Runs of This Model')), ...lines];
}

function otherFile(): OtherRun {
  return {
    icon: 'folder-opened',
    label: l10n.t('A File…'),
    file: () => chooseFile(l10n.t('Compare With'), { [l10n.t('Runs')]: ['png', 'zipar'] }),
  };
}

function separator(label: string): OtherRun {
  return { label, kind: QuickPickItemKind.Separator };
}
