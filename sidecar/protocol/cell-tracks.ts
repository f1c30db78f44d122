/** What the values of a track mean, and how they are shown. */
export interface CellTrackDescription {
  /** Identifies the track: `probability`, `entropy`. */
  readonly name: string;
  /** Name for people: "Probability". */
  readonly label: string;
  /** "nats"; empty for a number without a unit. */
  readonly unit: string;
  /** Value at the low end of the colour ramp. */
  readonly low: number;
  /** Value at the high end; undefined means the highest value of the run. */
  readonly high: number | undefined;
  /** Words for the two ends, such as "unlikely" and "certain"; may be empty. */
  readonly lowWord: string;
  readonly highWord: string;
  /** Decimals with which a value is shown, 0..9. */
  readonly digits: number;
}

/** A number for each decided cell. */
export interface CellTrack extends CellTrackDescription {
  /** [H*W] in raster order; 0 where undecided. */
  readonly values: Float32Array;
}
