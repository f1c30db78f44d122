import { CELL_TRACKS } from '../../../sidecar/decoding/cell-tracks';
import {
  UNDECIDED,
  type CellTrackDescription,
  type JudgedEvent,
  type RunDescription,
  type RunSettings,
  type Snapshot,
} from '../../../sidecar/protocol';
import { beginTrace, withSnapshot, type Trace } from '../../../webview/trace';

const SETTINGS: RunSettings = {
  model: 'small',
  provider: 'cpu',
  precision: 'stored',
  condition: { kind: 'prompt', prompt: 'a red circle' },
  decoder: 'zipar',
  decoderSettings: { window: 1, firstRow: 'windowed', standIn: 'nearest' },
  seed: 7,
  guidance: 1,
  temperature: 1,
  topK: 0,
  topP: 1,
  greedy: false,
};

/** Makes a run from a grid whose cells' steps are written row by row. */
export function runOf(
  stepsOfCells: readonly (readonly number[])[],
  change: Partial<RunDescription> = {},
  judgements: readonly JudgedEvent[] = [],
) {
  const [height, width] = [stepsOfCells.length, stepsOfCells[0]?.length ?? 0];
  const stepOf = stepsOfCells.flat();
  const run: RunDescription = {
    runId: 1,
    settings: SETTINGS,
    execution: { device: null, memoryBytes: null, reason: '' },
    decoder: { label: 'ZipAR', detail: 'window 1', choices: [], mostTokens: height, events: [] },
    grid: [height, width],
    leastSteps: Math.max(...stepOf),
    mostSteps: Math.max(...stepOf),
    rasterSteps: height * width,
    patch: 8,
    state: 'complete',
    ...change,
  };
  return { run, stepOf, judgements };
}

/** The complete state after `step` steps. Token = 100 + position. The first step takes 10 ms, the second 20 ms, and so on. */
export function snapshotOf({ run, stepOf, judgements }: ReturnType<typeof runOf>, step: number): Snapshot {
  const [height, width] = run.grid;
  const judged = judgements.filter((judgement) => judgement.step <= step);
  // A row that waits once more makes the run one step longer.
  const waits = judged.filter(({ accepted, position, step: at }) => !accepted && stepOf[position] !== at);
  const known = <T>(value: (position: number) => T, otherwise: T): T[] =>
    stepOf.map((decidedIn, position) => (decidedIn <= step ? value(position) : otherwise));
  return {
    runId: run.runId,
    step,
    leastSteps: run.leastSteps + waits.length,
    height,
    width,
    decided: Uint32Array.from(
      stepOf.flatMap((decidedIn, position) => (decidedIn === step ? [position] : [])),
    ),
    tokens: Int32Array.from(known((position) => 100 + position, UNDECIDED)),
    stepOf: Int32Array.from(known((position) => stepOf[position] ?? UNDECIDED, UNDECIDED)),
    stepMs: Float32Array.from({ length: step }, (_, i) => 10 * (i + 1)),
    tracks: [known(() => 0.5, 0), known((position) => position / 4, 0)].map((values, i) => ({
      ...trackDescription(i),
      values: Float32Array.from(values),
    })),
    events: judged,
  };
}

/** Describes the first or second track of every run. */
function trackDescription(index: number): CellTrackDescription {
  const track = CELL_TRACKS[index];
  if (!track) throw new Error(`There is no track ${index}.`);
  return track.description;
}

export function traceAfter(described: ReturnType<typeof runOf>, step: number): Trace {
  return withSnapshot(beginTrace(described.run), snapshotOf(described, step));
}

/** A 3x4 grid with window 2: row r starts 2 steps after row r-1; 4 + 2*2 = 8 steps. */
export const ZIPAR_3X4 = [
  [1, 2, 3, 4],
  [3, 4, 5, 6],
  [5, 6, 7, 8],
];

/**
 * A 3x4 grid with window 2 or more and adaptive rows. Row 2 starts at once, row 3 only after two rejected candidates. 4 + 3 + 4
 * = 11 steps.
 */
export const ADAPTIVE_3X4 = runOf(
  [
    [1, 2, 3, 4],
    [4, 5, 6, 7],
    [8, 9, 10, 11],
  ],
  {
    settings: { ...SETTINGS, decoder: 'zipar-adaptive', decoderSettings: { window: 2 } },
    decoder: {
      label: 'ZipAR adaptive',
      detail: 'window 2 or more',
      choices: [],
      mostTokens: 2,
      events: ['judged'],
    },
    leastSteps: 10,
    mostSteps: 12,
  },
  [
    { kind: 'judged', step: 4, position: 4, token: 104, accepted: true, narrower: 0.25, wider: 0.5 },
    { kind: 'judged', step: 7, position: 8, token: 55, accepted: false, narrower: 0.12, wider: 0.03 },
    { kind: 'judged', step: 8, position: 8, token: 56, accepted: false, narrower: 0.4, wider: 0.1 },
  ],
);

export const RASTER_2X3 = [
  [1, 2, 3],
  [4, 5, 6],
];
