import type { Decoder } from '../decoder';
import { decodeScd, type Coupling } from './decode-scd';

/**
 * SCD, speculative coupled decoding (arXiv 2510.24211): raster order with drafts. Its pictures follow the model's distribution
 * exactly.
 */
export const SCD: Decoder = {
  description: {
    name: 'scd',
    label: 'SCD',
    summary:
      'Raster order with drafts ahead, each kept or replaced at random: other pictures than raster order, equally likely.',
    settings: [
      {
        ...{ kind: 'integer', name: 'draftWindow', label: 'Draft window' },
        summary: 'Cells that a step evaluates at most: in the picture with scd, in each row with pjd.',
        ...{ low: 1, high: 96, otherwise: 16, changesSteps: true, sign: '+' },
      },
      {
        ...{ kind: 'choice', name: 'coupling', label: 'Coupling', changesSteps: false },
        summary: 'How a new draft follows from the old one.',
        choices: [
          { value: 'maximal', summary: 'the old draft is kept as often as possible' },
          { value: 'gumbel', summary: 'all drafts of a cell are drawn with the same noise' },
        ],
        otherwise: 'maximal',
      },
    ],
    events: ['drafted', 'confirmed', 'corrected'],
  },
  configure: (settings) => {
    const draftWindow = Number(settings.draftWindow);
    const coupling: Coupling = settings.coupling === 'gumbel' ? 'gumbel' : 'maximal';
    return {
      detail: `draft window ${draftWindow}`,
      steps: ({ height, width }) => ({
        least: 1 + Math.ceil((height * width - 1) / draftWindow),
        most: height * width,
        mostTokens: Math.min(draftWindow, height * width),
      }),
      decode: (forward, sampling) => decodeScd(forward, { ...sampling, draftWindow, coupling }),
    };
  },
};
