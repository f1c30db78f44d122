import type { DecoderSetting, DecoderSettings } from '../../protocol';
import type { ConfiguredDecoder, DecodedStep, Decoder } from '../decoder';
import { scheduleKey } from '../lookahead/base-schedule';
import { decodeLookahead, lookaheadResumesAfter } from '../lookahead/decode-lookahead';
import { decodeQuicker } from '../lookahead/decode-quicker';
import { AUTO, countLookaheadSteps, lookaheadReach } from '../lookahead/lookahead-steps';
import { decodeZipar, ziparResumesAfter } from './decode-zipar';
import { countSteps, mostTokensAStep, type FirstRow, type RowStart } from './schedule';
import type { StandIn } from './stand-in';

const FIRST_ROW: DecoderSetting = {
  kind: 'choice',
  name: 'firstRow',
  label: 'First row',
  summary: 'How the second row begins.',
  changesSteps: true,
  choices: [
    { value: 'windowed', summary: 'once the first row is a window ahead (the paper)' },
    { value: 'sequential', summary: 'once the first row is complete (the authors’ published code)' },
  ],
  otherwise: 'windowed',
};

const STAND_IN: DecoderSetting = {
  kind: 'choice',
  name: 'standIn',
  label: 'Stand-in',
  summary: 'What is fed for the end of an unfinished row.',
  changesSteps: false,
  choices: [
    { value: 'nearest', summary: 'the nearest decided token (the paper)' },
    { value: 'reference', summary: 'the newest token of the row above (the authors’ published code)' },
  ],
  otherwise: 'nearest',
};

const LOOKAHEAD_EVENTS = ['drafted', 'confirmed', 'corrected'] as const;

function window(label: string, summary: string): DecoderSetting {
  return {
    ...{ kind: 'integer', name: 'window', label, summary },
    ...{ low: 1, high: 'grid-width', otherwise: 'model-window', changesSteps: true, sign: ':' },
  };
}

const LOOKAHEAD: DecoderSetting = {
  kind: 'integer',
  name: 'lookahead',
  label: 'Lookahead',
  summary:
    'Cells of a row that a step evaluates: the same picture in fewer, longer steps. 0 and 1 decide one cell of a row.',
  low: 0,
  high: 'grid-width',
  words: [{ value: AUTO, summary: 'as many as save time on this machine, or none' }],
  otherwise: 0,
  changesSteps: true,
  sign: '+',
};

/** Raster order, one token in each step: ZipAR with a window as wide as the grid. */
export const RASTER: Decoder = {
  description: {
    name: 'raster',
    label: 'Raster order',
    summary: 'One token a step, row after row: what all others are compared with.',
    settings: [LOOKAHEAD],
    events: LOOKAHEAD_EVENTS,
  },
  fixed: ({ width }) => ({ window: width, firstRow: 'windowed', standIn: 'nearest' }),
  configure: (settings) => configure(settings, 'fixed', []),
};

/** ZipAR with a fixed window (arXiv 2412.04062). */
export const ZIPAR: Decoder = {
  description: {
    name: 'zipar',
    label: 'ZipAR',
    summary: 'A row starts once the row above is a window of tokens ahead.',
    settings: [
      window('Window', 'Tokens that a row must be ahead of the next; the width of the grid is raster order.'),
      FIRST_ROW,
      STAND_IN,
      LOOKAHEAD,
    ],
    events: LOOKAHEAD_EVENTS,
  },
  configure: (settings) => configure(settings, 'fixed', [`window ${settings.window}`]),
};

/**
 * ZipAR with an adaptive window (section 3.3 of the paper): a row waits for a wider window until its first token is accepted.
 */
export const ZIPAR_ADAPTIVE: Decoder = {
  description: {
    name: 'zipar-adaptive',
    label: 'ZipAR adaptive',
    summary: 'A row waits for a wider window while the model does not accept its first token.',
    settings: [
      window('Least window', 'Tokens that a row must be ahead of the next, at least.'),
      FIRST_ROW,
      STAND_IN,
    ],
    events: ['judged'],
    comparedWith: 'zipar',
  },
  configure: (settings) => configure(settings, 'adaptive', [`window ${settings.window} or more`]),
};

/** Configures ZipAR, with a lookahead if the settings have one. @param details the settings in words, without the lookahead */
function configure(
  settings: DecoderSettings,
  rowStart: RowStart,
  details: readonly string[],
): ConfiguredDecoder {
  const window = Number(settings.window);
  const firstRow: FirstRow = settings.firstRow === 'sequential' ? 'sequential' : 'windowed';
  const standIn: StandIn = settings.standIn === 'reference' ? 'reference' : 'nearest';
  const { lookahead = 0 } = settings;
  if (lookahead === AUTO || Number(lookahead) > 1)
    return {
      detail: [...details, `lookahead ${lookahead}`].join(', '),
      steps: (grid) => countLookaheadSteps({ grid, window, firstRow }, lookahead),
      plainSteps: (grid) => countSteps({ grid, window, firstRow, rowStart }).most,
      decode: (forward, sampling, past) => {
        const schedule = { grid: forward.layout.grid, window, firstRow };
        const { reach, chooser } = lookaheadReach(schedule, lookahead, forward.costs);
        const options = { ...sampling, window, firstRow, standIn };
        const looking = (): AsyncGenerator<DecodedStep> =>
          decodeLookahead(forward, { ...options, reach, ...(chooser && { chooser }) }, past);
        if (!chooser || !forward.costs || past) return looking();
        const plainly = (): AsyncGenerator<DecodedStep> => decodeZipar(forward, { ...options, rowStart });
        return decodeQuicker(
          { looking, plainly },
          forward.costs.ofSchedule(scheduleKey(schedule)),
          forward.costs.now,
        );
      },
      resumesAfter: (past, grid) => lookaheadResumesAfter(past, { grid, window, firstRow }),
    };
  return {
    detail: details.join(', '),
    events: rowStart === 'adaptive' ? ['judged'] : [],
    steps: (grid) => {
      const schedule = { grid, window, firstRow, rowStart };
      return { ...countSteps(schedule), mostTokens: mostTokensAStep(schedule) };
    },
    decode: (forward, sampling, past) =>
      decodeZipar(forward, { ...sampling, window, firstRow, rowStart, standIn }, past),
    resumesAfter: (past, grid) => ziparResumesAfter(past, grid, { window, firstRow, rowStart }),
  };
}
