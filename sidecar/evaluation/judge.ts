import { Matrix } from 'ml-matrix';
import path from 'node:path';
import { areFinite } from '../model/are-finite';
import { Checkpoint } from '../model/checkpoint';
import { readTensorAsFloat32 } from '../model/weights/read-tensor';
import { openSafetensors } from '../model/weights/safetensors';
import { EvaluationError } from './evaluation-error';
import type { FeatureStatistics } from './frechet-distance';
import { buildJudgeGraph } from './judge-graph';
import { readJudgeDescription, type JudgeDescription } from './judge-description';
import { runtime } from '../chosen-runtime';
import type { Program } from '../runtime/runtime';
import { HostTensor } from '../runtime/tensor';

/** An 8-bit picture, row by row, RGB. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** The judge's result for a picture. */
export interface Verdict {
  /** Class of each attribute, by the attribute's name. */
  readonly classes: ReadonlyMap<string, string>;
  /** [F], features for a Fréchet distance. */
  readonly features: Float32Array;
}

/** A classifier that recognises in a picture what its prompt asked for. */
export class Judge {
  private constructor(
    private readonly description: JudgeDescription,
    private readonly session: Program,
    /** Statistics of renderings like those that the model was trained on. */
    readonly reference: FeatureStatistics,
  ) {}

  /** Opens a judge. @throws EvaluationError, ModelError or WeightsError when the folder is not that of a judge */
  static async open(folder: string): Promise<Judge> {
    const description = await readJudgeDescription(folder);
    const checkpoint = await Checkpoint.open(folder, description.weights);
    const graph = buildJudgeGraph(description, checkpoint, folder);
    const session = await runtime.open(graph, folder, { provider: 'cpu', threads: 1 });
    return new Judge(description, session, await readStatistics(folder, description));
  }

  get attributes(): JudgeDescription['attributes'] {
    return this.description.attributes;
  }

  async look(picture: Picture): Promise<Verdict> {
    const { side, attributes } = this.description;
    const pixels = new HostTensor('float32', planesOf(picture, side), [1, 3, side, side]);
    const { features, scores } = await this.session.run({ pixels });
    if (!(features?.data instanceof Float32Array) || !(scores?.data instanceof Float32Array))
      throw new Error('The judge put out no scores.');
    if (!areFinite(features.data) || !areFinite(scores.data))
      throw new EvaluationError(
        `The judge ${this.description.weights} computes scores that are no numbers; its weights are damaged: fetch them again.`,
      );
    const classes = new Map<string, string>();
    let begin = 0;
    for (const attribute of attributes) {
      const own = scores.data.subarray(begin, begin + attribute.classes.length);
      begin += attribute.classes.length;
      classes.set(attribute.name, attribute.classes[own.indexOf(Math.max(...own))] ?? '');
    }
    return { classes, features: features.data.slice() };
  }
}

async function readStatistics(
  folder: string,
  { statistics, features }: JudgeDescription,
): Promise<FeatureStatistics> {
  const file = path.join(folder, statistics);
  const tensors = await openSafetensors(file);
  const mean = tensors.get('mean');
  const covariance = tensors.get('covariance');
  if (mean?.shape.join() !== String(features) || covariance?.shape.join() !== `${features},${features}`) {
    throw new EvaluationError(
      `${file} lacks "mean" [${features}] or "covariance" [${features}, ${features}]; it does not belong to this judge.`,
    );
  }
  const means = await readTensorAsFloat32(mean);
  const covariances = await readTensorAsFloat32(covariance);
  if (!areFinite(means) || !areFinite(covariances))
    throw new EvaluationError(`${file} holds statistics that are no numbers; fetch it again.`);
  return { mean: Array.from(means), covariance: Matrix.from1DArray(features, features, covariances) };
}

/**
 * Converts a picture to [3, side, side], -1..1. If its sides are a multiple of `side`, pixels are averaged.
 * @throws EvaluationError
 */
function planesOf({ width, height, rgb }: Picture, side: number): Float32Array<ArrayBuffer> {
  const block = width / side;
  if (width !== height || !Number.isInteger(block)) {
    throw new EvaluationError(
      `The judge looks at square pictures of ${side} pixels or a multiple of it, not at ${width}x${height}; evaluate this model without a judge.`,
    );
  }
  const planes = new Float32Array(3 * side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let dy = 0; dy < block; dy++)
          for (let dx = 0; dx < block; dx++)
            sum += rgb[3 * ((y * block + dy) * width + x * block + dx) + channel] ?? 0;
        planes[(channel * side + y) * side + x] = sum / (block * block) / 127.5 - 1;
      }
    }
  }
  return planes;
}
