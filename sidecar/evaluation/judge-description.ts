import path from 'node:path';
import { JsonFields } from '../files/json-fields';
import { EvaluationError } from './evaluation-error';
import { readEvaluationJson } from './evaluation-json';
import { inEnglish, type Said } from '../protocol/sentence';

/** Name of the file in a judge's folder that says what the judge recognises and how it is built. */
const JUDGE_FILE = 'judge.json';
const JUDGE_LIMITS = { maxBytes: 1 << 20, maxDepth: 12 };
const MAX_SIZE = 1 << 20;
const MAX_ITEMS = 1000;
/** Characters of a class's name at most. */
const MAX_NAME = 200;

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
  const refuse = (problem: Said): EvaluationError =>
    new EvaluationError(
      `${file} does not describe a judge of version 1 (${inEnglish(problem)}); fetch it again, or update ZipAR Studio.`,
    );
  return describe(new JsonFields(root, refuse));
}

function describe(root: JsonFields): JudgeDescription {
  if (root.raw('format') !== 'zipar-judge') throw root.error('format', 'must be "zipar-judge"');
  if (root.raw('version') !== 1) throw root.error('version', 'must be 1');
  const [statistics, input, convolutions] = [
    root.object('statistics'),
    root.object('input'),
    root.object('convolutions'),
  ];
  const description: JudgeDescription = {
    weights: root.fileName('weights'),
    statistics: statistics.fileName('file'),
    renderings: statistics.integer('renderings', 1, MAX_SIZE),
    side: input.integer('side', 1, MAX_SIZE),
    fold: input.integer('pixelUnshuffle', 1, MAX_SIZE),
    convolutions: readWidths(convolutions),
    maxPoolAfter: convolutions.integers('maxPoolAfter', 0, MAX_SIZE),
    features: root.integer('features', 1, MAX_SIZE),
    attributes: root.objects('attributes', MAX_ITEMS).map(readAttribute),
  };
  const { side, fold, maxPoolAfter, convolutions: widths, attributes } = description;
  if (side % (fold * 2 ** maxPoolAfter.length) !== 0)
    throw input.error('side', 'must be divisible by what folding and pooling shrink it to');
  if (widths[0]?.[0] !== 3 * fold * fold)
    throw convolutions.error('widths', `must begin with the ${3 * fold * fold} channels of the input`);
  if (attributes.length === 0) throw root.error('attributes', 'must not be empty');
  return description;
}

function readWidths(convolutions: JsonFields): JudgeDescription['convolutions'] {
  const widths = convolutions.list('widths', MAX_ITEMS);
  if (!widths.every(isPair)) throw convolutions.error('widths', 'must be pairs of channels: [in, out]');
  return widths;
}

function isPair(value: unknown): value is [number, number] {
  const isSize = (size: unknown): boolean =>
    Number.isInteger(size) && Number(size) >= 1 && Number(size) <= MAX_SIZE;
  return Array.isArray(value) && value.length === 2 && value.every(isSize);
}

function readAttribute(fields: JsonFields): JudgedAttribute {
  const attribute = { name: fields.text('name'), classes: fields.texts('classes', MAX_ITEMS, MAX_NAME) };
  if (attribute.classes.length < 2) throw fields.error('classes', 'must name two or more');
  return attribute;
}
