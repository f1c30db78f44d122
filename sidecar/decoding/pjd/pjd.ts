import type { Decoder } from '../decoder';
import { decodePjd } from './decode-pjd';
import { PjdFronts } from './pjd-fronts';

/** PJD, parallel Jacobi decoding (arXiv 2606.05703): it decodes several rows at the same time, each with drafts. */
export const PJD: Decoder = {
  description: {
    name: 'pjd',
    label: 'PJD',
    summary:
      'Rows start as in ZipAR, and each row drafts ahead and verifies its drafts: the fewest steps, at a cost.',
    settings: [
      {
        ...{ kind: 'integer', name: 'context', label: 'Context' },
        summary: 'Tokens of a row that must be decided before the next row starts.',
        ...{ low: 1, high: 'grid-width', otherwise: 4, changesSteps: true, sign: ':' },
      },
      {
        ...{ kind: 'integer', name: 'draftWindow', label: 'Draft window' },
        summary: 'Cells of each row that a step evaluates at most.',
        ...{ low: 1, high: 96, otherwise: 8, changesSteps: true, sign: '+' },
      },
    ],
    events: ['drafted', 'confirmed', 'corrected'],
  },
  configure: (settings) => {
    const context = Number(settings.context);
    const draftWindow = Number(settings.draftWindow);
    return {
      detail: `context ${context}, draft window ${draftWindow}`,
      steps: (grid) => ({
        least: new PjdFronts({ grid, context, draftWindow }).leastStepsLeft(),
        most: grid.height * grid.width,
        mostTokens: grid.height * Math.min(draftWindow, grid.width),
      }),
      decode: (forward, sampling) => decodePjd(forward, { ...sampling, context, draftWindow }),
    };
  },
};
