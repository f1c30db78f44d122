import type { Estimate } from '../decoder-report/decoder-report';
import { bootstrapMean, mean } from './bootstrap';
import { describeDecoders } from '../decoding/decoder-table';
import { RASTER, type EvaluatedDecoder } from './evaluated-decoder';
import type { EvaluationResults, PictureResult } from './evaluation-results';
import { featureStatistics, frechetDistance, type FeatureStatistics } from './frechet-distance';
import type { EvaluationPrompt } from './prompt-set';

/** One row of the table: a decoder over all pictures. */
export interface DecoderSummary extends EvaluatedDecoder {
  /** Mean steps a picture. */
  readonly steps: number;
  /** Mean wall time of decoding a picture, ms. */
  readonly ms: number;
  /** Raster order's time divided by this decoder's time, over the same pictures. */
  readonly speedUp: number;
  /** Share of tokens that are the same as in raster order, under the same noise. */
  readonly agreement: number;
  /** Mean negative log-likelihood under the raster model, nats a token. */
  readonly nll: number;
  /** `nll` minus raster order's, picture by picture; undefined for raster order itself. */
  readonly nllDifference: Estimate | undefined;
  /** Undefined without a judge. */
  readonly judged: JudgedSummary | undefined;
  /**
   * Comparison of an adaptive window with fixed ones; undefined unless some fixed window takes fewer steps and another
   * takes more.
   */
  readonly equalPasses: EqualPasses | undefined;
}

/**
 * Difference between an adaptive window and fixed windows at equal steps, picture by picture. Two fixed windows are mixed
 * for each picture: one with fewer steps and one with more. The mix has the same mean steps as the adaptive window.
 */
export interface EqualPasses {
  readonly between: readonly [fewer: string, more: string];
  readonly nllDifference: Estimate;
  /** Undefined without a judge. */
  readonly accuracyDifference: Estimate | undefined;
}

/** The results of the judge. */
export interface JudgedSummary {
  /** Share of the expectations of a prompt that the judge found met, mean over pictures. */
  readonly accuracy: number;
  readonly accuracyDifference: Estimate | undefined;
  /** Share of pictures that meet all expectations. */
  readonly allRight: number;
  readonly allRightDifference: Estimate | undefined;
  /** The same two numbers for each group of prompts, if there are groups. */
  readonly groups: Readonly<Record<string, { readonly accuracy: number; readonly allRight: number }>>;
  /** Share of met expectations by their rate. */
  readonly rates: Readonly<Record<string, number>>;
  /** Fréchet distance between the features and those of real renderings. */
  readonly frechet: number | undefined;
}

/** @param images pictures that every decoder has made */
export function summarise(
  results: EvaluationResults,
  decoders: readonly EvaluatedDecoder[],
  prompts: readonly EvaluationPrompt[],
  images: number,
  reference: FeatureStatistics | undefined,
): DecoderSummary[] {
  const picturesOf = (label: string): PictureResult[] =>
    Array.from({ length: images }, (_, number) => {
      const result = results.get(label, number);
      if (!result) throw new Error(`Picture ${number} of ${label} is missing.`);
      return result;
    });
  const raster = picturesOf(RASTER.label);
  return decoders.map((each) => {
    const own = picturesOf(each.label);
    const isRaster = each.label === RASTER.label;
    const others = rowsToCompare(each, decoders).map(({ label }) => {
      const pictures = picturesOf(label);
      return { label, steps: mean(pictures.map(({ steps }) => steps)), pictures };
    });
    return {
      ...each,
      steps: mean(own.map(({ steps }) => steps)),
      ms: mean(own.map(({ ms }) => ms)),
      speedUp: mean(raster.map(({ ms }) => ms)) / mean(own.map(({ ms }) => ms)),
      agreement: mean(own.map((result, i) => sameShare(result.tokens, raster[i]?.tokens ?? []))),
      nll: mean(own.map(({ nll }) => nll)),
      nllDifference: isRaster ? undefined : paired(own, raster, ({ nll }) => nll),
      judged: reference && judge(own, isRaster ? undefined : raster, prompts, reference),
      equalPasses: atEqualSteps(own, others, reference !== undefined),
    };
  });
}

/** The rows that a row is compared with at equal steps: the table of decoders names their decoder. */
function rowsToCompare(
  { decoder }: EvaluatedDecoder,
  decoders: readonly EvaluatedDecoder[],
): readonly EvaluatedDecoder[] {
  const comparedWith = describeDecoders().find(({ name }) => name === decoder)?.comparedWith;
  return decoders.filter(({ series }) => series === comparedWith);
}

/** All pictures of a row. */
interface ComparedRow {
  readonly label: string;
  readonly steps: number;
  readonly pictures: readonly PictureResult[];
}

function atEqualSteps(
  own: readonly PictureResult[],
  others: readonly ComparedRow[],
  isJudged: boolean,
): EqualPasses | undefined {
  const steps = mean(own.map((result) => result.steps));
  const rising = others.toSorted((a, b) => a.steps - b.steps);
  const more = rising.find((each) => each.steps > steps);
  const fewer = rising.findLast((each) => each.steps <= steps);
  if (!more || !fewer) return undefined;
  const share = (more.steps - steps) / (more.steps - fewer.steps);
  const difference = (value: (result: PictureResult) => number): Estimate =>
    bootstrapMean(
      own.map((result, i) => {
        const [one, other] = [fewer.pictures[i], more.pictures[i]];
        if (!one || !other) throw new Error('Decoders were compared over different pictures.');
        return value(result) - share * value(one) - (1 - share) * value(other);
      }),
    );
  return {
    between: [fewer.label, more.label],
    nllDifference: difference(({ nll }) => nll),
    accuracyDifference: isJudged ? difference(metShare) : undefined,
  };
}

function judge(
  own: readonly PictureResult[],
  raster: readonly PictureResult[] | undefined,
  prompts: readonly EvaluationPrompt[],
  reference: FeatureStatistics,
): JudgedSummary {
  const promptOf = ({ number }: PictureResult): EvaluationPrompt | undefined =>
    prompts[number % prompts.length];
  const groups = [...new Set(own.map((result) => promptOf(result)?.group ?? ''))].filter(
    (group) => group !== '',
  );
  const rates = new Map<string, number[]>();
  for (const result of own) {
    for (const [i, { rate }] of (promptOf(result)?.expectations ?? []).entries())
      rates.set(rate, [...(rates.get(rate) ?? []), result.met[i] === true ? 1 : 0]);
  }
  // A covariance needs more than one picture.
  const features = own.map((result) => Float32Array.from(result.features));
  return {
    ...accuracyOf(own),
    accuracyDifference: raster && paired(own, raster, metShare),
    allRightDifference: raster && paired(own, raster, isAllRight),
    groups: Object.fromEntries(
      groups.map((group) => [group, accuracyOf(own.filter((result) => promptOf(result)?.group === group))]),
    ),
    rates: Object.fromEntries([...rates].map(([rate, met]) => [rate, mean(met)])),
    frechet: features.length > 1 ? frechetDistance(reference, featureStatistics(features)) : undefined,
  };
}

function accuracyOf(results: readonly PictureResult[]): { accuracy: number; allRight: number } {
  return {
    accuracy: mean(results.map(metShare)),
    allRight: mean(results.map(isAllRight)),
  };
}

/** The share of met expectations. For a picture whose prompt asks for nothing, it is 1. */
function metShare({ met }: PictureResult): number {
  return met.length === 0 ? 1 : met.filter((each) => each).length / met.length;
}

/** 1 for a picture that meets all expectations of its prompt, else 0. */
function isAllRight({ met }: PictureResult): number {
  return met.every((each) => each) ? 1 : 0;
}

/** Share of tokens that two pictures have in common, 0..1. */
export function sameShare(tokens: readonly number[], others: readonly number[]): number {
  return tokens.filter((token, i) => token === others[i]).length / tokens.length;
}

function paired(
  own: readonly PictureResult[],
  raster: readonly PictureResult[],
  value: (result: PictureResult) => number,
): Estimate {
  return bootstrapMean(
    own.map((result, i) => {
      const other = raster[i];
      return other ? value(result) - value(other) : 0;
    }),
  );
}

/** A quality in which a decoder must not lose to raster order. */
export type Quality = 'likelihood' | 'accuracy' | 'all right';

/**
 * The row with the fewest steps whose qualities are all not worse than raster order's beyond its interval. Raster order
 * itself when no other row qualifies. Undefined when a quality was not measured.
 */
export function cheapestWithoutLoss(
  rows: readonly DecoderSummary[],
  qualities: readonly Quality[],
): DecoderSummary | undefined {
  const isJudged = rows.every(({ judged }) => judged);
  if (!isJudged && qualities.some((quality) => quality !== 'likelihood')) return undefined;
  return rows
    .filter((row) => qualities.every((quality) => !loses(row, quality)))
    .reduce<DecoderSummary | undefined>(
      (best, row) => (best && best.steps <= row.steps ? best : row),
      undefined,
    );
}

function loses({ nllDifference, judged }: DecoderSummary, quality: Quality): boolean {
  if (quality === 'likelihood') return nllDifference !== undefined && nllDifference.low > 0;
  const difference = quality === 'accuracy' ? judged?.accuracyDifference : judged?.allRightDifference;
  return difference !== undefined && difference.high < 0;
}
