import { l10n } from 'vscode';
import type { RunStop } from '../sidecar/protocol';
import { askNumber, wholeNumber } from './ask-value';
import { askCell } from './cell-changes';
import type { RunPlace } from './run-place';
import { UserError } from './report-error';
import type { Studio } from './studio';
import { pickOne, type Choice } from './window/quick-inputs';

interface StopItem extends Choice {
  /** Undefined when the user cancels. */
  readonly ask: () => Promise<RunStop | undefined>;
}

/**
 * Lets the run that is being made go on to a step or a cell, which the user chooses.
 * @param place where the user looks; its cell is offered
 * @throws UserError when no run has begun
 */
export async function runTo(studio: Studio, place: RunPlace | undefined): Promise<void> {
  const run = studio.generation.progress && studio.runs.newest;
  if (!run)
    throw new UserError(l10n.t('No image is being generated, so there is nothing to pause or to step.'));
  const [height, width] = run.grid;
  const cell = place?.cell;
  const items: readonly StopItem[] = [
    ...(cell === undefined
      ? []
      : [
          {
            icon: 'target',
            label: l10n.t('Row {0}, Column {1}', Math.floor(cell / width) + 1, (cell % width) + 1),
            ask: () => Promise.resolve({ kind: 'cell', position: cell } as const),
          },
        ]),
    {
      icon: 'debug-step-over',
      label: l10n.t('A Step…'),
      ask: async () => {
        const step = await askNumber(wholeNumber(l10n.t('Step'), 1, run.mostSteps));
        return step === undefined ? undefined : { kind: 'step', step };
      },
    },
    {
      icon: 'symbol-array',
      label: l10n.t('A Cell…'),
      ask: async () => {
        const position = await askCell({ height, width });
        return position === undefined ? undefined : { kind: 'cell', position };
      },
    },
  ];
  const until = await (await pickOne(items, { title: l10n.t('Run To') }))?.ask();
  if (until) await studio.generation.goOn(until);
}
