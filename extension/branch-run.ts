import { l10n, type Uri } from 'vscode';
import type { RunRecord } from '../sidecar/trace-file/run-record';
import { summaryOf } from '../sidecar/trace-file/run-summary';
import { askNumber, GUIDANCE, SEED, TEMPERATURE } from './ask-value';
import { decodings } from './compare-runs';
import { cellItems, type ChangeItem, type Changes } from './cell-changes';
import { UserError } from './report-error';
import { readRunDocument } from './run-document';
import type { RunPlace } from './run-place';
import { runTitle } from './run-text';
import type { Studio } from './studio';
import { pickOne } from './window/quick-inputs';

/**
 * Makes a branch of a run from a step on, with a change that the user chooses. Then it compares the run with the branch.
 * @param place where the user stands; the user is asked for the step when it is absent
 * @throws UserError when the file holds no run, or lies where the sidecar cannot read it
 */
export async function branchRun(studio: Studio, file: Uri, place: RunPlace | undefined): Promise<void> {
  const { record } = await readRunDocument(file);
  if (file.scheme !== 'file')
    throw new UserError(
      l10n.t('{0} does not lie on this machine, so no branch of it can be made.', file.path),
    );
  const at = place ?? (await askForPlace(record));
  if (!at) return;
  const summary = summaryOf(record);
  const title = l10n.t('Branch of “{0}” from Step {1}', runTitle(summary), at.step);
  const candidates = (cell: number) => studio.drawing.alternatives(record, cell);
  const items = [...cellItems(record, at, candidates), ...settingItems(studio, record, at)];
  const changes = await (await pickOne(items, { title }))?.ask();
  if (changes) await makeBranch(studio, file, record, changes);
}

/** Makes a branch of a run, and compares the run with it. */
export async function makeBranch(
  studio: Studio,
  file: Uri,
  record: RunRecord,
  { branch, ...settings }: Changes,
): Promise<void> {
  const made = await studio.generateImage.again(summaryOf(record), {
    ...settings,
    ...(record.run.patch === 0 && { tokensOnly: true }),
    branch: { ...branch, file: file.fsPath },
  });
  if (made) await studio.comparisons.open([file, made]);
}

/** Changes of settings from the step on. */
function settingItems(studio: Studio, record: RunRecord, { step }: RunPlace): readonly ChangeItem[] {
  const { guidance, temperature } = record.run.settings;
  const branch = { step, set: [], forbid: [] };
  return [
    {
      icon: 'sparkle',
      label: l10n.t('Another Seed from Here On…'),
      ask: async () => {
        const seed = await askNumber(SEED);
        return seed === undefined ? undefined : { seed, branch };
      },
    },
    {
      icon: 'settings',
      label: l10n.t('Another Guidance from Here On…'),
      description: String(guidance),
      ask: async () => {
        const chosen = await askNumber(GUIDANCE, guidance);
        return chosen === undefined ? undefined : { guidance: chosen, branch };
      },
    },
    {
      icon: 'flame',
      label: l10n.t('Another Temperature from Here On…'),
      description: String(temperature),
      ask: async () => {
        const chosen = await askNumber(TEMPERATURE, temperature);
        return chosen === undefined ? undefined : { temperature: chosen, branch };
      },
    },
    {
      icon: 'list-ordered',
      label: l10n.t('Another Decoder from Here On…'),
      description: record.run.settings.decoder,
      ask: async () => {
        const choices = await decodings(studio, summaryOf(record));
        const lines = choices.map(({ label, choice }) => ({ label, choice }));
        const chosen = await pickOne(lines, { title: l10n.t('Decoder') });
        if (!chosen) return undefined;
        const { decoder, settings } = chosen.choice;
        return { decoder, decoderSettings: settings, branch };
      },
    },
  ];
}

async function askForPlace({ snapshot: { step: last } }: RunRecord): Promise<RunPlace | undefined> {
  const step = await askNumber({
    label: () => l10n.t('Step after Which the Branch Goes On'),
    hint: () => l10n.t('A whole number from 0 to {0}', last),
    isValid: (value) => isWhole(value) && value <= last,
  });
  return step === undefined ? undefined : { step };
}

function isWhole(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}
