import path from 'node:path';
import { isJsonObject } from '../files/strict-json';
import { EvaluationError } from './evaluation-error';
import { readEvaluationJson } from './evaluation-json';

/** Name of the file in a judge's folder that says what the judge recognises and how it is built. */
const JUDGE_FILE = 'judge.json';
const JUDGE_LIMITS = { maxBytes: 1 << 20, maxDepth: 12 };

/** Something that a judge recognises in a picture. */
export interface JudgedAttribute {
  readonly name: string;
  /** At least two. */
  readonly classes: readonly string[];
}

/** The content of `judge.json`, checked. */
export interface JudgeDescription {
  /** Safetensors files in the same folder. */
  readonly weights: string;
  readonly statistics: string;
  /** Number of renderings that the statistics were computed from. */
  readonly renderings: number;
  /** Side of the pictures that the judge takes, in pixels. */
  readonly side: number;
  /** Side of the pixel blocks that are folded into channels; divides `side`. */
  readonly fold: number;
  /** Channels in and out of each convolution. */
  readonly convolutions: readonly (readonly [number, number])[];
  /** Indices of convolutions that are followed by 2x2 max pooling. */
  readonly maxPoolAfter: readonly number[];
  readonly features: number;
  readonly attributes: readonly JudgedAttribute[];
}

/** @throws EvaluationError when the file is missing, or does not describe a judge of this version */
export async function readJudgeDescription(folder: string): Promise<JudgeDescription> {
  const file = path.join(folder, JUDGE_FILE);
  const root = await readEvaluationJson(file, JUDGE_LIMITS, 'Give the folder of a judge.');
  const description = isJsonObject(root) ? describe(root) : undefined;
  if (!description)
    throw new EvaluationError(
      `${file} does not describe a judge of version 1; fetch it again, or update ZipAR Studio.`,
    );
  return description;
}

function describe(root: Readonly<Record<string, unknown>>): JudgeDescription | undefined {
  const { format, version, weights, statistics, input, convolutions, features, attributes } = root;
  if (format !== 'zipar-judge' || version !== 1) return undefined;
  if (
    !isFileName(weights) ||
    !isJsonObject(statistics) ||
    !isJsonObject(input) ||
    !isJsonObject(convolutions)
  )
    return undefined;
  const { widths, maxPoolAfter } = convolutions;
  const { file, renderings } = statistics;
  const { side, pixelUnshuffle: fold } = input;
  if (!isFileName(file) || !isSize(renderings) || !isSize(side) || !isSize(fold) || !isSize(features))
    return undefined;
  if (
    !isListOf(widths, isPair) ||
    !isListOf(maxPoolAfter, Number.isInteger) ||
    !isListOf(attributes, isAttribute)
  )
    return undefined;
  const shrinks = fold * 2 ** maxPoolAfter.length;
  if (side % shrinks !== 0 || widths[0]?.[0] !== 3 * fold * fold) return undefined;
  return {
    weights,
    statistics: file,
    renderings,
    side,
    fold,
    convolutions: widths,
    maxPoolAfter: maxPoolAfter as number[],
    features,
    attributes,
  };
}

/** Whether the value is the name of a file in the judge's own folder. */
function isFileName(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-][\w.-]*$/.test(value);
}

function isSize(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 1 << 20;
}

function isListOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is T[];
function isListOf(value: unknown, isItem: (item: unknown) => boolean): value is unknown[];
function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isItem);
}

function isPair(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every(isSize);
}

function isAttribute(value: unknown): value is JudgedAttribute {
  return (
    isJsonObject(value) &&
    typeof value.name === 'string' &&
    Array.isArray(value.classes) &&
    value.classes.length >= 2 &&
    value.classes.every((name) => typeof name === 'string')
  );
}
