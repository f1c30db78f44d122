import { open } from 'node:fs/promises';
import path from 'node:path';
import type { Draws } from '../decoding/forward';
import { tokenNoise } from '../decoding/noise';
import { chooseTokens, type Choice } from '../decoding/sampling';
import type { TokenInput } from '../decoding/token-input';
import type { WeightSource } from '../model/checkpoint';
import type { ProofModelDescription } from '../model/family';
import { float32Layer } from '../model/precision/linear-layer';
import {
  buildPromptGraph,
  writeTransformer,
  openTransformer,
  type TransformerParts,
} from '../model/transformer/open-transformer';
import { PictureForward, type LoadedTransformer } from '../model/transformer/picture-forward';
import { RowRanges } from '../model/transformer/row-ranges';
import type { TensorLocation } from '../model/weights/tensor-location';
import { runtime } from '../chosen-runtime';
import type { ExecutionOptions, Program } from '../runtime/runtime';
import { HostTensor } from '../runtime/tensor';

/** The rows of the grid that have a token in a step of the check. `DRAWS` says how tokens are drawn. */
const ROWS = [0, 1, 2, 3];
const DRAWS: Draws = {
  sampling: { temperature: 0.9, topK: 100, topP: 0.95, greedy: false },
  noise: ROWS.map((row) => tokenNoise(1, row)),
};

/** A model with random weights in a file, for the check of a provider. */
export class ProofModel {
  private constructor(
    private readonly described: ProofModelDescription,
    private readonly folder: string,
    private readonly parts: TransformerParts,
    private readonly imageGraph: Uint8Array<ArrayBuffer>,
  ) {}

  /** Makes a model and writes its weights. @param folder the folder for the weights; the caller removes it */
  static async write(folder: string, described: ProofModelDescription): Promise<ProofModel> {
    const { name, grid, rowsUntold, transformer, imageDecoder } = described;
    const noise = new NoiseWeights(path.join(folder, `${name}.bin`), rowsUntold);
    const description = transformer.describe(noise);
    const source = new RowRanges(noise, description.tensors);
    const parts = {
      description,
      weights: { source, linearLayer: float32Layer },
      promptWeights: source,
    };
    const imageGraph = imageDecoder.write(grid, noise);
    // Each provider builds the graphs again later. So all tensors of these graphs must be in the file now.
    writeTransformer(description, parts.weights, 'host');
    if (description.prompt) buildPromptGraph(description.prompt, source);
    await noise.write();
    return new ProofModel(described, folder, parts, imageGraph);
  }

  async open(execution: ExecutionOptions): Promise<OpenProofModel> {
    const transformer = await openTransformer(this.parts, execution);
    return new OpenProofModel(transformer, this.described, () =>
      runtime.open(this.imageGraph, this.folder, execution),
    );
  }
}

/** The model, opened on a provider. */
export class OpenProofModel {
  private readonly forward: PictureForward;

  constructor(
    private readonly transformer: LoadedTransformer,
    private readonly described: ProofModelDescription,
    private readonly openDecoder: () => Promise<Program>,
  ) {
    this.forward = new PictureForward(transformer, described.prompt, 2);
  }

  /**
   * The numbers that are compared with those of the CPU. First come the logits of the prompt's step, then those of another
   * step. Then come the tokens that are drawn in the second step, two numbers each: the token and its probability. Both are
   * scaled to the range of the logits.
   */
  async answers(): Promise<Float32Array> {
    const rows = [(await this.forward.start()).slice()];
    rows.push(...(await this.pass()).map((row) => row.slice()));
    const largest = Math.max(...rows.flatMap((row) => Array.from(row, Math.abs)));
    const { codes } = this.transformer.description;
    const choices = await this.choices();
    const drawn = choices.flatMap(({ token, probability }) => [token / codes, probability]);
    return Float32Array.from([
      ...rows.flatMap((row) => Array.from(row)),
      ...drawn.map((share) => share * largest),
    ]);
  }

  /**
   * The time, in ms, of a step with guidance and with one token in each of four rows, as in ZipAR. It is the shortest time of
   * several steps, because other programs on the machine affect the shortest time least. The first step is not measured.
   * @param passes the number of measured steps
   */
  async passMs(passes: number): Promise<number> {
    await this.forward.start();
    await this.choices();
    let fastest = Infinity;
    for (let i = 0; i < passes; i++) {
      const start = performance.now();
      await this.choices();
      fastest = Math.min(fastest, performance.now() - start);
    }
    return fastest;
  }

  private pass(): Promise<readonly Float32Array[]> {
    return this.forward.step(this.inputs, ROWS);
  }

  /** Computes the step and draws its tokens. As in a run, this happens on the device or in host memory. */
  private async choices(): Promise<readonly Choice[]> {
    const { sampler } = this.forward;
    if (sampler) return sampler.step(this.inputs, ROWS, DRAWS);
    return chooseTokens(await this.pass(), DRAWS);
  }

  private get inputs(): TokenInput[] {
    const { layout } = this.transformer.description;
    return ROWS.map((row) => layout.inputOf(row * layout.grid.width, row + 1));
  }

  /** The image decoder's output for a grid of tokens. */
  async pixels(): Promise<Float32Array> {
    const session = await this.openDecoder();
    const { grid, imageDecoder } = this.described;
    const tokens = BigInt64Array.from({ length: grid.height * grid.width }, (_, i) =>
      BigInt((7 * i) % imageDecoder.codes),
    );
    const { image } = await session.run({ tokens: new HostTensor('int64', tokens, [1, tokens.length]) });
    if (!(image?.data instanceof Float32Array)) throw new Error('The image decoder put out no image.');
    return image.data;
  }
}

/** A source of random weights. Each tensor that a graph asks for gets a place in one file, and the file is then filled. */
class NoiseWeights implements WeightSource {
  readonly folder: string;
  private readonly tensors = new Map<string, TensorLocation>();
  private end = 0;

  constructor(
    readonly file: string,
    private readonly rowsUntold: number,
  ) {
    this.folder = path.dirname(file);
  }

  tensor(name: string, shape: readonly number[]): TensorLocation {
    const known = this.tensors.get(name);
    if (known) return known;
    const byteLength = 4 * shape.reduce((product, length) => product * length, 1);
    const location = { file: this.file, offset: this.end, byteLength, dtype: 'F32', shape } as const;
    this.tensors.set(name, location);
    this.end += byteLength;
    return location;
  }

  rows(): number {
    return this.rowsUntold;
  }

  /**
   * Writes the file. Matrices get random numbers of a size that keeps activations near 1. Vectors get ones, because they are
   * the weights of norms.
   */
  async write(): Promise<void> {
    const handle = await open(this.file, 'wx');
    try {
      for (const { shape, byteLength, offset } of this.tensors.values()) {
        const bytes = new Uint8Array(noise(shape, offset).buffer);
        for (let done = 0; done < byteLength; done += bytes.byteLength)
          await handle.write(bytes, 0, Math.min(bytes.byteLength, byteLength - done));
      }
    } finally {
      await handle.close();
    }
  }
}

/** A piece of random numbers. It is repeated to fill a tensor. */
function noise([, ...inner]: readonly number[], seed: number): Float32Array<ArrayBuffer> {
  const piece = new Float32Array(1 << 16);
  if (inner.length === 0) return piece.fill(1);
  const scale = Math.sqrt(3 / inner.reduce((product, length) => product * length, 1));
  return piece.map((_, i) => scale * noiseAt(seed + i));
}

/** A number in -1..1 that depends on the index only: the last part of the hash function MurmurHash3. */
function noiseAt(index: number): number {
  let h = Math.imul(index + 1, 0x9e3779b9);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 31 - 1;
}
