import { l10n, type Uri } from 'vscode';
import { UNDECIDED, type BranchChanges, type GenerateRequest } from '../sidecar/protocol';
import type { RunRecord } from '../sidecar/trace-file/run-record';
import { summaryOf } from '../sidecar/trace-file/run-summary';
import { askNumber, GUIDANCE, SEED, TEMPERATURE, type AskedNumber } from './ask-value';
import { decodings } from './compare-runs';
import { UserError } from './report-error';
import { readRunDocument } from './run-document';
import type { RunPlace } from './run-place';
import { runTitle } from './run-text';
import type { Studio } from './studio';
import { pickOne, type Choice } from './window/quick-inputs';

/** A codebook index. The sidecar knows the size of the codebook. */
const TOKEN: AskedNumber = {
  label: () => l10n.t('Token'),
  hint: () => l10n.t('A whole number from 0'),
  isValid: isWhole,
};

/** What is other in a branch. */
type Changes = Pick<GenerateRequest, 'seed' | 'guidance' | 'temperature' | 'decoder' | 'decoderSettings'> & {
  readonly branch: BranchChanges;
};

interface ChangeItem extends Choice {
  /** Asks for what the change needs. Undefined when the user cancels. */
  readonly ask: () => Promise<Changes | undefined>;
}

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
  const items = [...cellItems(record, at), ...settingItems(studio, record, at)];
  const changes = await (await pickOne(items, { title }))?.ask();
  if (!changes) return;
  const { branch, ...settings } = changes;
  const made = await studio.generateImage.again(summary, {
    ...settings,
    ...(record.run.patch === 0 && { tokensOnly: true }),
    branch: { ...branch, file: file.fsPath },
  });
  if (made) await studio.comparisons.open([file, made]);
}

/** Changes of the chosen cell. A token can be changed once it is decided, and forbidden before. */
function cellItems({ snapshot }: RunRecord, { cell }: RunPlace): readonly ChangeItem[] {
  const decidedIn = cell === undefined ? UNDECIDED : (snapshot.stepOf[cell] ?? UNDECIDED);
  if (cell === undefined || decidedIn === UNDECIDED) return [];
  const token = snapshot.tokens[cell] ?? UNDECIDED;
  const row = Math.floor(cell / snapshot.width) + 1;
  const column = (cell % snapshot.width) + 1;
  return [
    {
      icon: 'edit',
      label: l10n.t('Another Token for Row {0}, Column {1}…', row, column),
      description: l10n.t('in place of {0}', token),
      ask: async () => {
        const chosen = await askNumber(TOKEN, token);
        if (chosen === undefined) return undefined;
        return { branch: { step: decidedIn, set: [{ cell, token: chosen }], forbid: [] } };
      },
    },
    {
      icon: 'circle-slash',
      label: l10n.t('Forbid Token {0} in Row {1}, Column {2}', token, row, column),
      description: l10n.t('drawn again in step {0}', decidedIn),
      ask: () => Promise.resolve({ branch: { step: decidedIn - 1, set: [], forbid: [{ cell, token }] } }),
    },
    ...(row > 1
      ? [
          {
            icon: 'arrow-down',
            label: l10n.t('Draw Row {0} and All Below Again…', row),
            ask: async () => {
              const seed = await askNumber(SEED);
              return seed === undefined
                ? undefined
                : { seed, branch: { fromRow: row - 1, set: [], forbid: [] } };
            },
          },
        ]
      : []),
  ];
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
