/** Where the user stands in a run. */
export interface RunPlace {
  readonly step: number;
  /** Raster position of the chosen cell. */
  readonly cell?: number | undefined;
}
