import { open } from 'node:fs/promises';
import path from 'node:path';
import { Tensor, type InferenceSession } from 'onnxruntime-node';
import type { WeightSource } from '../model/checkpoint';
import { openSession, type ExecutionOptions } from '../model/inference-session';
import { buildConditionGraph } from '../model/llamagen/condition';
import { LlamaGenForward, type LoadedTransformer } from '../model/llamagen/llamagen-forward';
import { axialRotaryTable } from '../model/llamagen/rotary-table';
import { buildTransformerGraph } from '../model/llamagen/transformer-graph';
import type { ConditionManifest } from '../model/model-manifest';
import { float32Layer } from '../model/precision/linear-layer';
import { buildVqDecoderGraph } from '../model/vq-decoder-graph';
import type { TensorLocation } from '../model/weights/tensor-location';
import type { ProofModelShape } from './proof-shapes';

const CLASSES: ConditionManifest = { kind: 'class', classes: 2 };

/** The graphs of such a model over a file of noise. */
export class ProofModel {
  private constructor(
    readonly shape: ProofModelShape,
    private readonly folder: string,
    private readonly graphs: {
      readonly transformer: Uint8Array<ArrayBuffer>;
      readonly condition: Uint8Array<ArrayBuffer>;
      readonly image: Uint8Array<ArrayBuffer>;
    },
  ) {}

  /** @param folder where the weights are written to; the caller's to remove */
  static async write(folder: string, shape: ProofModelShape): Promise<ProofModel> {
    const weights = new NoiseWeights(path.join(folder, `${shape.name}.bin`), shape.hidden);
    const { transformer, vq } = shape;
    const { grid, dim, heads, ropeBase, prefix } = transformer;
    const rotary = axialRotaryTable(grid, dim / heads, ropeBase, prefix, 0);
    const graphs = {
      transformer: buildTransformerGraph(
        transformer,
        { checkpoint: weights, hidden: shape.hidden, linearLayer: float32Layer },
        rotary,
      ),
      condition: buildConditionGraph(CLASSES, dim, weights),
      image: buildVqDecoderGraph(vq, grid, weights),
    };
    await weights.write();
    return new ProofModel(shape, folder, graphs);
  }

  async open(execution: ExecutionOptions): Promise<OpenProofModel> {
    const { transformer, condition, image } = this.graphs;
    const openGraph = (graph: Uint8Array<ArrayBuffer>): Promise<InferenceSession> =>
      openSession(graph, this.folder, execution);
    return new OpenProofModel(
      {
        shape: this.shape.transformer,
        session: await openGraph(transformer),
        conditionSession: await openGraph(condition),
      },
      () => openGraph(image),
    );
  }
}

/** Such a model on a provider. */
export class OpenProofModel {
  private readonly forward: LlamaGenForward;

  constructor(
    private readonly transformer: LoadedTransformer,
    private readonly openDecoder: () => Promise<InferenceSession>,
  ) {
    const condition = (label: number) => ({ kind: 'ids', ids: [label], padded: [false] }) as const;
    this.forward = new LlamaGenForward(transformer, {
      condition: condition(0),
      unconditional: condition(1),
      scale: 2,
    });
  }

  /** Of the prompt's pass and of another, one after the other. */
  async logits(): Promise<Float32Array> {
    const rows = [(await this.forward.start()).slice(), ...(await this.pass())];
    return Float32Array.from(rows.flatMap((row) => Array.from(row)));
  }

  /**
   * Time of a pass over four rows' tokens with guidance, as ZipAR makes them, in ms: the fastest of `passes`, which other
   * programs on the machine disturbed least. One more goes first, for warming up.
   */
  async passMs(passes: number): Promise<number> {
    await this.forward.start();
    await this.pass();
    let fastest = Infinity;
    for (let i = 0; i < passes; i++) {
      const start = performance.now();
      await this.pass();
      fastest = Math.min(fastest, performance.now() - start);
    }
    return fastest;
  }

  private pass(): Promise<readonly Float32Array[]> {
    const { width } = this.transformer.shape.grid;
    const rows = [0, 1, 2, 3];
    return this.forward.step(
      rows.map((row) => ({ position: row * width, token: row + 1 })),
      rows,
    );
  }

  /** Of a grid of tokens, as the image decoder puts them out. */
  async pixels(): Promise<Float32Array> {
    const session = await this.openDecoder();
    const { height, width } = this.transformer.shape.grid;
    const tokens = BigInt64Array.from({ length: height * width }, (_, i) => BigInt((7 * i) % 128));
    const { image } = await session.run({ tokens: new Tensor('int64', tokens, [1, tokens.length]) });
    if (!(image?.data instanceof Float32Array)) throw new Error('The image decoder put out no image.');
    return image.data;
  }
}

/** Answers whatever a graph's builder asks for with a place in one file, and fills that file with noise. */
class NoiseWeights implements WeightSource {
  readonly folder: string;
  private readonly tensors: TensorLocation[] = [];
  private end = 0;

  constructor(
    readonly file: string,
    private readonly hidden: number,
  ) {
    this.folder = path.dirname(file);
  }

  tensor(_: string, shape: readonly number[]): TensorLocation {
    const byteLength = 4 * shape.reduce((product, length) => product * length, 1);
    const location = { file: this.file, offset: this.end, byteLength, dtype: 'F32', shape } as const;
    this.tensors.push(location);
    this.end += byteLength;
    return location;
  }

  rows(): number {
    return this.hidden;
  }

  /** Uniform noise of the variance that keeps activations near 1; vectors, which are the norms', are 1. */
  async write(): Promise<void> {
    const handle = await open(this.file, 'wx');
    try {
      for (const { shape, byteLength, offset } of this.tensors) {
        const bytes = new Uint8Array(noise(shape, offset).buffer);
        for (let done = 0; done < byteLength; done += bytes.byteLength)
          await handle.write(bytes, 0, Math.min(bytes.byteLength, byteLength - done));
      }
    } finally {
      await handle.close();
    }
  }
}

/** What a tensor is filled with, again and again. */
function noise([, ...inner]: readonly number[], seed: number): Float32Array<ArrayBuffer> {
  const piece = new Float32Array(1 << 16);
  if (inner.length === 0) return piece.fill(1);
  const scale = Math.sqrt(3 / inner.reduce((product, length) => product * length, 1));
  return piece.map((_, i) => scale * noiseAt(seed + i));
}

/** -1..1, the same for the same index: the finaliser of MurmurHash3. */
function noiseAt(index: number): number {
  let h = Math.imul(index + 1, 0x9e3779b9);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 31 - 1;
}
