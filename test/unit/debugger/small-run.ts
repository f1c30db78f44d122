import type { StepEvent } from '../../../sidecar/protocol';
import type { RunRecord } from '../../../sidecar/trace-file/run-record';
import { recordOf } from '../comparison/record-of';

const TOKENS = [
  [10, 11, 12, 13],
  [20, 21, 22, 23],
];
/** Row 2 could start in step 3, but its first candidate is rejected there. */
const STEPS = [
  [1, 2, 3, 4],
  [4, 5, 6, 7],
];
const ENTROPIES = [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 0.1];
const EVENTS: readonly StepEvent[] = [
  { kind: 'judged', step: 3, position: 4, token: 99, accepted: false, narrower: 0.2, wider: 0.1 },
  { kind: 'drafted', step: 5, position: 6, token: 77 },
  { kind: 'corrected', step: 6, position: 6, token: 22, draft: 77 },
];

/** A run of 2x4 tokens in 7 steps, with a rejected start and a corrected draft. */
export function smallRun(changes: { readonly state?: 'complete' | 'cancelled' } = {}): RunRecord {
  const record = recordOf({ tokens: TOKENS, steps: STEPS, probabilities: ENTROPIES.map((each) => each / 4) });
  const [probability] = record.snapshot.tracks;
  if (!probability) throw new Error('The record has no track.');
  const entropy = {
    ...probability,
    ...{ name: 'entropy', label: 'Entropy', unit: 'nats', high: undefined, digits: 2 },
    values: Float32Array.from(ENTROPIES),
  };
  return {
    ...record,
    run: { ...record.run, ...changes },
    snapshot: { ...record.snapshot, tracks: [probability, entropy], events: EVENTS },
    fed: [
      [],
      [{ position: 0, token: 10 }],
      [{ position: 1, token: 11 }],
      [
        { position: 2, token: 12 },
        // The stand-in for the undecided end of row 1.
        { position: 3, token: 11 },
      ],
      [
        { position: 3, token: 13 },
        { position: 4, token: 20 },
      ],
      [{ position: 5, token: 21 }],
      [{ position: 6, token: 22 }],
    ],
  };
}
