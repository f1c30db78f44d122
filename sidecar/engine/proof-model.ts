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

/** Rows of tokens in a pass. `DRAWS` says how their tokens are drawn. */
const ROWS = [0, 1, 2, 3];
const DRAWS: Draws = {
  sampling: { temperature: 0.9, topK: 100, topP: 0.95, greedy: false },
  noise: ROWS.map((row) => tokenNoise(1, row)),
};

/** A proof model over a file of noise. */
export class ProofModel {
  private constructor(
    private readonly described: ProofModelDescription,
    private readonly folder: string,
    private readonly parts: TransformerParts,
    private readonly imageGraph: Uint8Array<ArrayBuffer>,
  ) {}

  /** @param folder the weights are written into it; the caller removes it */
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
    // Each provider builds its graphs again. All tensors that the graphs ask for must be in the file before that.
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

/** A proof model on a provider. */
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
   * Logits of the prompt's pass, then logits of another pass, then the choices drawn from the latter. Each choice gives its
   * token and its probability, both scaled to the largest logit.
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
   * Time in ms of a pass over four rows' tokens with guidance, as ZipAR makes them. It is the fastest of `passes`, which
   * other programs on the machine disturbed least. One more pass goes first, for warming up.
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

  /** Draws in the same place as a run does: on the device or in host memory. */
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

/** Gives each tensor that a graph's builder asks for a place in one file, and fills that file with noise. */
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

  /** Writes uniform noise with the variance that keeps activations near 1. Vectors are the weights of norms, and are 1. */
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

/** The noise that fills a tensor, repeated. */
function noise([, ...inner]: readonly number[], seed: number): Float32Array<ArrayBuffer> {
  const piece = new Float32Array(1 << 16);
  if (inner.length === 0) return piece.fill(1);
  const scale = Math.sqrt(3 / inner.reduce((product, length) => product * length, 1));
  return piece.map((_, i) => scale * noiseAt(seed + i));
}

/** A number in -1..1, the same for the same index: the finaliser of MurmurHash3. */
function noiseAt(index: number): number {
  let h = Math.imul(index + 1, 0x9e3779b9);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 31 - 1;
}
