import { l10n, type Uri } from 'vscode';
import type { RunRecord } from '../sidecar/trace-file/run-record';
import { summaryOf } from '../sidecar/trace-file/run-summary';
import { askNumber, newSeed } from './ask-value';
import { chosenModel, listModels, requestedModel } from './model-list';
import { UserError } from './report-error';
import { readRunRecord } from './run-document';
import { readSettings } from './settings';
import type { Studio } from './studio';

/**
 * Draws a picture again from a row on. A picture with the trace of a run keeps the run's tokens, and a new seed draws the rest.
 * The image encoder of the chosen model turns any other picture into tokens, and the user says what the rest shows.
 * @throws UserError when the picture lies where the sidecar cannot read it, or the model draws no pictures
 */
export async function redrawFromRow(studio: Studio, file: Uri): Promise<void> {
  if (file.scheme !== 'file')
    throw new UserError(l10n.t('{0} is not on this machine; save it here first.', file.toString()));
  const record = await readRunRecord(file);
  await (record ? redrawRun(studio, file, record) : redrawPicture(studio, file));
}

async function redrawRun(studio: Studio, file: Uri, record: RunRecord): Promise<void> {
  const row = await askForRow(record.run.grid[0]);
  if (row === undefined) return;
  const made = await studio.generateImage.again(summaryOf(record), {
    seed: newSeed(),
    ...(record.run.patch === 0 && { tokensOnly: true }),
    branch: { file: file.fsPath, fromRow: row - 1, set: [], forbid: [] },
  });
  if (made) await studio.comparisons.open([file, made]);
}

async function redrawPicture(studio: Studio, file: Uri): Promise<void> {
  const settings = readSettings();
  const models = await listModels(studio.client, settings, studio.log);
  const model = chosenModel(models, requestedModel(settings));
  if (!model) throw new UserError(l10n.t('No model was found: choose one with ZipAR: Select Model first.'));
  const row = await askForRow(model.grid[0]);
  if (row === undefined) return;
  await studio.generateImage.run({ start: { file: file.fsPath, keepRows: row - 1 } });
}

/** Asks for the first row that is drawn, from 1. Undefined when the user cancels. */
function askForRow(rows: number): Promise<number | undefined> {
  return askNumber(
    {
      label: () => l10n.t('First Row That Is Drawn Again'),
      hint: () => l10n.t('The rows of tokens above it stay. A whole number from 2 to {0}', rows),
      isValid: (value) => Number.isInteger(value) && value >= 2 && value <= rows,
    },
    Math.floor(rows / 2) + 1,
  );
}
