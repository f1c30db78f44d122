import type { WeightPrecision } from '../protocol';

/** A mean and the interval that holds it with 95 % confidence. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** The facts in a report about the comparison as a whole. */
export interface ReportHeader {
  readonly model: string;
  /** Pictures of each decoder. */
  readonly images: number;
  readonly prompts: string;
  readonly guidance: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly seed: number;
  readonly provider: string;
  /** Precision of the transformer's weights. */
  readonly precision: WeightPrecision;
  /** Processor, and versions of the software. */
  readonly machine: string;
  readonly rasterSteps: number;
}

/** One row of a report: a decoder over all pictures. */
export interface ReportRow {
  /** Names the row: "raster", "zipar 4". */
  readonly label: string;
  /** Names the line of the plot that the row belongs to: "zipar". */
  readonly series: string;
  /** Mean steps a picture. */
  readonly steps: number;
  /** Mean wall time of decoding a picture, ms. */
  readonly ms: number;
  /** Raster order's time divided by this decoder's time. */
  readonly speedUp: number;
  /** Share of tokens that are the same as in raster order, 0..1. */
  readonly agreement: number;
  /** Mean negative log-likelihood under the raster model, nats a token. */
  readonly nll: number;
  /** `nll` minus raster order's; absent for raster order itself. */
  readonly nllDifference?: Estimate | undefined;
  /** Absent without a judge. */
  readonly judged?: JudgedRow | undefined;
}

/** What a judge found in the pictures of a row. */
export interface JudgedRow {
  /** Share of what was asked for that the judge found, 0..1. */
  readonly accuracy: number;
  readonly accuracyDifference?: Estimate | undefined;
}

/** A picture of the contact sheet, and what its decoding took. */
export interface SheetPicture {
  /** Label of the row. */
  readonly decoder: string;
  /** Number of the picture, from 0. Pictures of one number have one prompt and one seed. */
  readonly number: number;
  readonly seed: number;
  /** The prompt, or the name of the class. */
  readonly title: string;
  /** Path of its PNG in the folder of the report, with forward slashes. */
  readonly file: string;
  readonly steps: number;
  readonly ms: number;
  /** Nats a token under the raster model. */
  readonly nll: number;
  /** Share of tokens that are the same as in raster order, 0..1. */
  readonly agreement: number;
}

/** A comparison of decoders as `report.json` holds it, without what only people with a spreadsheet need. */
export interface DecoderReport extends ReportHeader {
  readonly rows: readonly ReportRow[];
  /** Labels of the rows with the fewest steps that lose nothing beyond their intervals; null where none is known. */
  readonly fewestPassesWithoutLoss: { readonly likelihood: string | null; readonly accuracy: string | null };
  /** Empty for a model without an image decoder. */
  readonly pictures: readonly SheetPicture[];
}
