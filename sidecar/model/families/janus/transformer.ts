import { RasterLayout, type SequenceLayout } from '../../../decoding/sequence-layout';
import type { GridShape } from '../../../decoding/token-grid';
import type { TransformerGraph } from '../../blocks/transformer-graph';
import type { PromptEncoder, TransformerDescription, TransformerPart, TransformerTensor } from '../../family';
import type { TensorShapes } from '../../tensor-shapes';
import { llamaTensors, writeLlamaLayers, type LlamaLayers } from '../../llama/llama-layers';
import type { LlamaShape } from '../../llama/llama-shape';
import { positionsFor } from '../../llama/prompt-limits';
import type { Value } from '../../onnx/graph-builder';
import type { JanusNames, LinearName } from './names';

/** A linear layer's name and size. */
interface LinearShape {
  readonly name: LinearName;
  readonly out: number;
  readonly inner: number;
}

/** Sizes of the image side of a Janus model. */
export interface JanusImageShape {
  readonly codes: number;
  /** Width of the table of image tokens. */
  readonly width: number;
  readonly aligner: readonly LinearShape[];
  readonly head: readonly LinearShape[];
}

/** The sizes of the image side, from the shapes of its tensors. @throws ModelError */
export function inferImageShape(shapes: TensorShapes, names: JanusNames): JanusImageShape {
  const linear = (name: LinearName): LinearShape => {
    const [out, inner] = shapes.matrix(`${name}.weight`);
    return { name, out, inner };
  };
  const [codes, width] = shapes.matrix(names.imageTable);
  const depth = shapes.count((layer) => `${names.aligner(layer)}.weight`);
  return {
    codes,
    width,
    aligner: Array.from({ length: depth }, (_, layer) => linear(names.aligner(layer))),
    head: names.head.map(linear),
  };
}

/**
 * Janus's transformer for pictures (github.com/deepseek-ai/Janus, `janus/models/modeling_vlm.py`): a Llama with a table, an
 * aligner and a head of its own for image tokens. The table of text tokens is read for the prompt only.
 */
export class JanusTransformer implements TransformerPart {
  readonly describedBy = 'config.json';
  readonly codes: number;
  readonly layout: SequenceLayout;
  /** Positions that prompt and picture can have together. */
  readonly positions: number;

  /** @throws ModelError when the model has too few positions for the grid */
  constructor(
    readonly weights: string,
    private readonly names: JanusNames,
    private readonly shape: LlamaShape,
    private readonly image: JanusImageShape,
    grid: GridShape,
    folder: string,
  ) {
    this.codes = image.codes;
    this.layout = new RasterLayout(grid);
    this.positions = positionsFor(this.layout, shape.maxPositions, folder);
  }

  describe(): TransformerDescription {
    const { shape, names, image, codes, layout } = this;
    const layers: LlamaLayers = { shape, prefix: names.language, positions: this.positions };
    return {
      codes,
      layout,
      heads: shape.heads,
      cache: { layers: shape.layers, kvHeads: shape.kvHeads, headDim: shape.headDim },
      promptLength: USUAL_PROMPT_LENGTH,
      tensors: [
        { name: names.imageTable, shape: [codes, image.width], role: 'table' },
        ...image.aligner.flatMap((linear, i) => linearTensors(linear, i === 0 ? 'other' : 'linear')),
        ...llamaTensors(layers),
        ...image.head.flatMap((linear, i) => linearTensors(linear, i === 0 ? 'linear' : 'output')),
      ],
      prompt: textEncoder(names, shape),
      write: (t) => {
        writeJanus(t, layers, names, image);
      },
    };
  }
}

/** Tokens of a prompt, for estimates of memory. */
const USUAL_PROMPT_LENGTH = 64;

function linearTensors(
  { name, out, inner }: LinearShape,
  role: TransformerTensor['role'],
): TransformerTensor[] {
  return [
    { name: `${name}.weight`, shape: [out, inner], role },
    { name: `${name}.bias`, shape: [out], role: 'other' },
  ];
}

/** Ids of text tokens become rows of the language model's table. */
function textEncoder({ language }: JanusNames, { vocab, dim }: LlamaShape): PromptEncoder {
  return {
    write: (graph, weights) => {
      const ids = graph.input('ids', 'int64', ['batch', 'prompt']);
      const name = `${language}embed_tokens.weight`;
      const hidden = graph.rows(name, weights.tensor(name, [vocab, dim]), ids);
      graph.output(hidden, 'hidden', 'float32', ['batch', 'prompt', dim]);
    },
  };
}

function writeJanus(
  t: TransformerGraph,
  layers: LlamaLayers,
  names: JanusNames,
  image: JanusImageShape,
): void {
  const { graph } = t;
  const { dim } = layers.shape;
  const linear = (x: Value, { name, out, inner }: LinearShape): Value =>
    t.linear(x, `${name}.weight`, out, inner, `${name}.bias`);

  let x = t.flat(t.embedding(names.imageTable, image.codes, image.width), image.width);
  for (const [i, layer] of image.aligner.entries())
    // The first layer's weights are a few numbers a row: they are not packed.
    x = i === 0 ? narrowLinear(t, x, layer) : linear(t.gelu(x), layer);
  const batchAndN = graph.op('Shape', [t.tokens]);
  const shape = graph.op('Concat', [batchAndN, graph.int64([dim])], { axis: 0 });
  const embedded = t.promptOr(graph.op('Reshape', [x, shape])); // [B, n, dim]

  const last = writeLlamaLayers(t, layers, t.flat(embedded, dim));
  const [project, predict] = image.head;
  if (!project || !predict) throw new Error('The image head has two layers.');
  t.logits(linear(t.gelu(linear(last, project)), predict), image.codes);
}

function narrowLinear(t: TransformerGraph, x: Value, { name, out, inner }: LinearShape): Value {
  const weight = t.weight(`${name}.weight`, [out, inner]);
  return t.graph.op('Gemm', [x, weight, t.weight(`${name}.bias`, [out])], { transB: 1 });
}
