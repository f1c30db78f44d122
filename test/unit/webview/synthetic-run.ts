import { CELL_TRACKS } from '../../../sidecar/decoding/cell-tracks';
import {
  UNDECIDED,
  type CellTrackDescription,
  type RunDescription,
  type RunSettings,
  type Snapshot,
  type StepEvent,
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
  events: readonly StepEvent[] = [],
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
  return { run, stepOf, events };
}

/** The complete state after `step` steps. Token = 100 + position. The first step takes 10 ms, the second 20 ms, and so on. */
export function snapshotOf({ run, stepOf, events }: ReturnType<typeof runOf>, step: number): Snapshot {
  const [height, width] = run.grid;
  const past = events.filter((event) => event.step <= step);
  // A row that waits once more makes the run one step longer.
  const waits = past.filter(
    (event) => event.kind === 'judged' && !event.accepted && stepOf[event.position] !== event.step,
  );
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
    events: past,
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

/**
 * A 2x4 grid in raster order with a lookahead of 3. Step 2 tries two drafts and confirms one. Step 3 tries the corrected cell's
 * neighbours. In step 4 an open draft was drafted again.
 */
export const LOOKAHEAD_2X4 = runOf(
  [
    [1, 2, 2, 3],
    [3, 4, 4, 5],
  ],
  {
    settings: { ...SETTINGS, decoder: 'raster', decoderSettings: { lookahead: 3 } },
    decoder: {
      ...{ label: 'Raster order', detail: 'lookahead 3', choices: [], mostTokens: 3, plainSteps: 8 },
      events: ['drafted', 'confirmed', 'corrected'],
    },
    leastSteps: 3,
    mostSteps: 8,
  },
  [
    { kind: 'drafted', step: 2, position: 1, token: 101 },
    { kind: 'drafted', step: 2, position: 2, token: 7 },
    { kind: 'confirmed', step: 2, position: 1, token: 101 },
    { kind: 'corrected', step: 2, position: 2, token: 102, draft: 7 },
    { kind: 'drafted', step: 3, position: 3, token: 103 },
    { kind: 'drafted', step: 3, position: 4, token: 8 },
    { kind: 'drafted', step: 3, position: 5, token: 9 },
    { kind: 'confirmed', step: 3, position: 3, token: 103 },
    { kind: 'corrected', step: 3, position: 4, token: 104, draft: 8 },
    { kind: 'corrected', step: 4, position: 5, token: 105, draft: 9 },
    { kind: 'confirmed', step: 4, position: 5, token: 105 },
  ],
);

export const RASTER_2X3 = [
  [1, 2, 3],
  [4, 5, 6],
];
