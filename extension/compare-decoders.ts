import { l10n, Uri, workspace, type CancellationToken } from 'vscode';
import type { ModelSummary } from '../sidecar/protocol';
import { aborterFor } from './aborter-for';
import { runComparison } from './decoder-comparison';
import { fileStem } from './export-name';
import { placeIn, requireUsable, type ExportPlace } from './export-place';
import { chosenModel, listModels, requestedModel, requestedTextEncoder } from './model-list';
import { nodeRuntimeHere } from './node-runtime';
import { packingText } from './packing-text';
import { UserError } from './report-error';
import { readSettings, type GenerationSettings, type StudioSettings } from './settings';
import type { Studio } from './studio';
import { showInformation, showProgress, type TaskProgress } from './window/notifications';
import { pickOne } from './window/quick-inputs';
import { ZiparCommandError } from './zipar-command';
import { inUsersLanguage } from './in-users-language';

const FOLDER = 'zipar-eval';
/** Numbers of pictures for each decoder. A claim about quality needs the last one. */
const SIZES = [10, 50, 200, 500] as const;

/** Measures for the current model what decoders cost in quality and save in time. Opens the report. */
export async function compareDecoders(studio: Studio): Promise<string | undefined> {
  const settings = readSettings();
  const models = await listModels(studio.client, settings, studio.log);
  const model = chosenModel(models, requestedModel(settings));
  if (!model) throw new UserError(l10n.t('No model was found: choose one with ZipAR: Select Model first.'));
  const images = await askForSize(model);
  if (images === undefined) return undefined;
  const place = placeFor(model, studio);
  await requireUsable(place);
  const { folder } = place;
  const isDone = await showProgress(
    { title: l10n.t('Comparing decoders on {0}', model.name), cancellable: true },
    (progress, token) => run(studio, model, settings, { images, folder, progress, token }),
  );
  if (!isDone) {
    void showInformation(
      l10n.t(
        'The comparison was stopped. What it made is kept: compare again with the same settings to go on.',
      ),
    );
    return undefined;
  }
  await studio.reports.open(folder);
  return Uri.joinPath(folder, 'report.md').toString();
}

async function askForSize({ name, grid: [height, width] }: ModelSummary): Promise<number | undefined> {
  const items = SIZES.map((images) => ({
    label: l10n.t('{0} pictures a decoder', images),
    description:
      images === 10 ? l10n.t('a first look') : images === 500 ? l10n.t('for figures to rely on') : '',
    images,
  }));
  const chosen = await pickOne(items, {
    title: l10n.t('Compare Decoders'),
    placeHolder: l10n.t('{0}, {1} tokens: raster order and every other decoder', name, `${height}×${width}`),
  });
  return chosen?.images;
}

/** Finds the folder for a model's report: in the first workspace folder on a disk, otherwise in the extension's own folder. */
function placeFor({ name }: ModelSummary, { context }: Studio): ExportPlace {
  const onDisk = workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri;
  const folder = fileStem(name.replace(/[^\w.-]+/g, '-'), 'model');
  return placeIn(onDisk ?? context.globalStorageUri, [FOLDER, folder]);
}

interface Comparison {
  readonly images: number;
  readonly folder: Uri;
  readonly progress: TaskProgress;
  readonly token: CancellationToken;
}

async function run(
  studio: Studio,
  model: ModelSummary,
  settings: StudioSettings,
  { images, folder, progress, token }: Comparison,
): Promise<boolean> {
  const runtime = await nodeRuntimeHere(settings.nodePath);
  let shown = 0;
  try {
    return await runComparison({
      runtime,
      script: Uri.joinPath(studio.context.extensionUri, 'dist', 'zipar.js').fsPath,
      arguments: [
        '--model',
        model.folder,
        '--images',
        String(images),
        '--out',
        folder.fsPath,
        ...reading(model, settings),
        ...sampling(settings.generation),
      ],
      signal: aborterFor(token).signal,
      onPacking: (precision, fraction) => {
        progress.report({ message: packingText(precision, fraction) });
      },
      onProgress: (made, wanted) => {
        const part = (100 * made) / wanted;
        progress.report({ message: l10n.t('picture {0} of {1}', made, wanted), increment: part - shown });
        shown = part;
      },
    });
  } catch (error) {
    if (error instanceof ZiparCommandError && error.isUsage)
      throw new UserError(inUsersLanguage(error.sentence));
    throw error;
  }
}

/** Adds the text encoder of the settings for a model that reads text. Without that setting, the model uses its own encoder. */
function reading({ condition }: ModelSummary, settings: StudioSettings): string[] {
  const encoder = requestedTextEncoder(settings);
  return condition === 'text' && encoder !== '' ? ['--text-encoder', encoder] : [];
}

/**
 * Arguments for sampling and computing, from the settings. Decoders and windows are missing because the command compares them.
 */
function sampling({ guidance, temperature, topK, provider, precision }: GenerationSettings): string[] {
  return Object.entries({
    '--cfg': guidance,
    '--temperature': temperature,
    '--top-k': topK,
    '--provider': provider,
    '--precision': precision,
  }).flatMap(([option, value]) => (value === undefined ? [] : [option, String(value)]));
}
