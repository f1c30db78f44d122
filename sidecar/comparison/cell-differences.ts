import { UNDECIDED, type CellTrack, type Snapshot } from '../protocol';

/** A number for each cell that says how far the second run is from the first there. */
export interface CellDifferences {
  /** {@link LOG_PROBABILITY}, {@link LIKELIHOOD}, or the name of a track. */
  readonly name: string;
  /** "Log-probability", "Entropy". */
  readonly label: string;
  /** "nats"; empty for a number without a unit. */
  readonly unit: string;
  readonly digits: number;
  /** The second run's number minus the first run's, in raster order; NaN where a run has none. */
  readonly values: Float32Array;
}

/** Least probability that a logarithm is taken of. A file rounds smaller ones to 0. */
const LEAST_PROBABILITY = 2 ** -24;

/** The differences of all tracks that both runs have. Probabilities are compared by their logarithms, in nats. */
export function cellDifferences(a: Snapshot, b: Snapshot): readonly CellDifferences[] {
  return a.tracks.flatMap((track) => {
    const other = b.tracks.find(({ name }) => name === track.name);
    if (!other) return [];
    const isProbability = track.name === 'probability';
    const number = isProbability ? logarithm : (value: number) => value;
    const values = Float32Array.from(track.values, (value, position) =>
      isDecided(a, position) && isDecided(b, position)
        ? number(other.values[position] ?? 0) - number(value)
        : NaN,
    );
    return [{ ...(isProbability ? LOGARITHM : described(track)), values }];
  });
}

/** Names of the differences that are no tracks. */
export const LOG_PROBABILITY = 'log-probability';
export const LIKELIHOOD = 'likelihood';

/**
 * How much likelier the second run's token is than the first run's in raster order, cell by cell.
 * @param nll for each run the negative log-likelihoods in nats, in raster order, up to its first undecided cell
 * @param cells number of cells of the grid
 */
export function likelihoodDifferences(
  [a, b]: readonly [readonly number[], readonly number[]],
  cells: number,
): CellDifferences {
  const values = Float32Array.from({ length: cells }, (_, cell) => (a[cell] ?? NaN) - (b[cell] ?? NaN));
  return { name: LIKELIHOOD, label: 'Likelihood in raster order', ...IN_NATS, values };
}

const IN_NATS = { unit: 'nats', digits: 2 };
const LOGARITHM = { name: LOG_PROBABILITY, label: 'Log-probability', ...IN_NATS };

function described({ name, label, unit, digits }: CellTrack): Omit<CellDifferences, 'values'> {
  return { name, label, unit, digits };
}

/** The largest distance from 0; 0 when no cell is compared. */
export function greatestDistance(values: Float32Array): number {
  return values.reduce((most, value) => (Number.isNaN(value) ? most : Math.max(most, Math.abs(value))), 0);
}

function isDecided({ stepOf }: Snapshot, position: number): boolean {
  return (stepOf[position] ?? UNDECIDED) !== UNDECIDED;
}

function logarithm(probability: number): number {
  return Math.log(Math.max(probability, LEAST_PROBABILITY));
}
