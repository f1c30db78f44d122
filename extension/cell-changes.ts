import { l10n } from 'vscode';
import {
  UNDECIDED,
  type BranchChanges,
  type CellAlternatives,
  type GenerateRequest,
} from '../sidecar/protocol';
import type { RunRecord } from '../sidecar/trace-file/run-record';
import { askNumber, SEED, wholeNumber, type AskedNumber } from './ask-value';
import { errorMessage } from './error-message';
import { UserError } from './report-error';
import type { RunPlace } from './run-place';
import { pickOne, type Choice } from './window/quick-inputs';

/** A codebook index. The sidecar knows the size of the codebook. */
const TOKEN: AskedNumber = {
  label: () => l10n.t('Token'),
  hint: () => l10n.t('A whole number from 0'),
  isValid: isWhole,
};

/** What is other in a branch. */
export type Changes = Pick<
  GenerateRequest,
  'seed' | 'guidance' | 'temperature' | 'decoder' | 'decoderSettings'
> & {
  readonly branch: BranchChanges;
};

/** A change on offer. */
export interface ChangeItem extends Choice {
  /** Asks for what the change needs. Undefined when the user cancels. */
  readonly ask: () => Promise<Changes | undefined>;
}

/** A token on offer for a cell; undefined for a line that only says something. */
interface TokenItem extends Choice {
  readonly token: number | undefined;
}

/**
 * Changes of the chosen cell. A token can be changed once it is decided, and forbidden before.
 * @param candidates lets the model compute the cell's draw again
 */
export function cellItems(
  { snapshot }: RunRecord,
  { cell }: RunPlace,
  candidates: (cell: number) => Promise<CellAlternatives>,
): readonly ChangeItem[] {
  const decidedIn = cell === undefined ? UNDECIDED : (snapshot.stepOf[cell] ?? UNDECIDED);
  if (cell === undefined || decidedIn === UNDECIDED) return [];
  const token = snapshot.tokens[cell] ?? UNDECIDED;
  const row = Math.floor(cell / snapshot.width) + 1;
  const column = (cell % snapshot.width) + 1;
  const changed = (chosen: number | undefined): Changes | undefined =>
    chosen === undefined
      ? undefined
      : { branch: { step: decidedIn, set: [{ cell, token: chosen }], forbid: [] } };
  return [
    {
      icon: 'list-ordered',
      label: l10n.t('A Likely Token for Row {0}, Column {1}…', row, column),
      description: l10n.t('as the model sees it'),
      ask: async () => changed(await pickCandidate(candidates(cell), token)),
    },
    {
      icon: 'edit',
      label: l10n.t('Another Token for Row {0}, Column {1}…', row, column),
      description: l10n.t('in place of {0}', token),
      ask: async () => changed(await askNumber(TOKEN, token)),
    },
    {
      icon: 'paintcan',
      label: l10n.t('The Token of Another Cell for Row {0}, Column {1}…', row, column),
      ask: async () => {
        const from = await askCell(snapshot);
        const painted = from === undefined ? UNDECIDED : (snapshot.tokens[from] ?? UNDECIDED);
        if (from !== undefined && painted === UNDECIDED)
          throw new UserError(l10n.t('The chosen cell has no token; name a cell that the run decided.'));
        return changed(from === undefined ? undefined : painted);
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

/** Lets the user choose one of the likeliest tokens, while the model computes them. */
async function pickCandidate(
  computed: Promise<CellAlternatives>,
  drawn: number,
): Promise<number | undefined> {
  const items = computed.then(
    ({ likeliest }): readonly TokenItem[] =>
      likeliest.map(({ token, probability }) => ({
        token,
        label: l10n.t('Token {0}', token),
        description: `${(100 * probability).toFixed(1)} %${token === drawn ? ` · ${l10n.t('drawn')}` : ''}`,
      })),
    (error: unknown): readonly TokenItem[] => [
      { token: undefined, icon: 'warning', label: errorMessage(error) },
    ],
  );
  return (await pickOne(items, { title: l10n.t('Token') }))?.token;
}

/** Asks for a cell. @returns its raster position; undefined when the user cancels */
export async function askCell({
  height,
  width,
}: {
  readonly height: number;
  readonly width: number;
}): Promise<number | undefined> {
  const row = await askNumber(wholeNumber(l10n.t('Row'), 1, height));
  const column = row === undefined ? undefined : await askNumber(wholeNumber(l10n.t('Column'), 1, width));
  return row === undefined || column === undefined ? undefined : (row - 1) * width + column - 1;
}

function isWhole(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}
