import type { CacheStrategy } from '../cache/cache-strategy';
import type { CacheNodes } from '../cache/kv-cache-nodes';
import type { WeightSource } from '../checkpoint';
import { Float, GraphBuilder, type Dimension, type ElementType, type Value } from '../onnx/graph-builder';
import type { LinearLayer } from '../precision/linear-layer';
import type { HostTable } from '../transformer/host-table';
import { headProducts, type AttentionProducts } from './attention-products';
import type { RotaryTable } from './rotary-table';

const FLOAT_BYTES = 4;
/**
 * Bytes of the largest table that a device holds. Every WebGPU device can bind as many. Rows of a larger table are read from
 * the file, which takes no longer: a pass needs few rows.
 */
const DEVICE_TABLE_BYTES = 128 << 20;

/** The weights of a transformer, and how its linear layers are computed from them. */
export interface TransformerWeights {
  readonly source: WeightSource;
  readonly linearLayer: LinearLayer;
}

/** The heads of a transformer's attention. */
export interface AttentionShape {
  readonly heads: number;
  /** Key and value heads; divides `heads`. */
  readonly kvHeads: number;
  readonly headDim: number;
}

/** Queries [B, heads, n, headDim], keys and values [B, kvHeads, n, headDim] of a pass. */
export interface QueriesKeysValues {
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
}

/** A rotary table as constants of the graph. */
export interface RotaryValues {
  readonly cos: Value;
  readonly sin: Value;
  readonly pairing: RotaryTable['pairing'];
}

/**
 * The blocks from which families write their transformers, and the inputs and outputs that all transformers have. Hidden
 * states are [B*n, dim]: B = 1, or 2 halves with guidance, and n tokens in a pass, at arbitrary positions.
 *
 * Inputs. A graph has only those that its family asks for:
 * - `tokens` int64 [B, n]
 * - `positions` int64 [B, n]: positions in each half's own sequence, the prompt's first token at 0
 * - `picture_positions` int64 [B, n]: positions after the prompt; below 0 in the prompt
 * - `prompt` float [B, n, dim] or [1, 1, 1]: replaces the tokens' embeddings where `is_prompt` bool [1] holds
 * - others that the family's prompt encoder puts out
 * - `predicting` int64 [m]: which of the n tokens predict
 * - keys and values of earlier passes, and what each query may look at: see `CacheStrategy`
 *
 * Outputs: `logits` float [B, m, codes], and the keys and values of the pass.
 */
export class TransformerGraph {
  readonly graph: GraphBuilder;
  /** int64 [2]: B, n. */
  private readonly batchAndN: Value;
  private readonly n: Value;
  private readonly cache: CacheNodes;
  private readonly products: AttentionProducts;
  private readonly pastProducts: AttentionProducts;
  private readonly pastAndNew: Value;
  private readonly declared = new Map<string, Value>();
  private readonly tables: HostTable[] = [];

  constructor(
    private readonly weights: TransformerWeights,
    private readonly shape: AttentionShape,
    private readonly keeping: CacheStrategy,
    private readonly deviceTableBytes = DEVICE_TABLE_BYTES,
  ) {
    const { source } = weights;
    const graph = new GraphBuilder(
      'transformer',
      source.folder,
      keeping.residence === 'device' ? 'webgpu' : 'cpu',
    );
    this.graph = graph;
    this.batchAndN = graph.op('Shape', [this.tokens]);
    this.n = graph.op('Gather', [this.batchAndN, graph.int64([1])], { axis: 0 });
    const { n } = this;
    this.cache = keeping.nodes(graph, shape, n);
    this.pastAndNew = graph.op('Concat', [this.cache.pastLength, this.cache.newLength], { axis: 0 });
    this.products = headProducts(graph, shape, n);
    this.pastProducts = keeping.pastProducts(graph, shape, n);
  }

  /** int64 [B, n]. */
  get tokens(): Value {
    return this.input('tokens', 'int64', ['batch', 'n']);
  }

  /** int64 [B, n]: positions in each half's own sequence. */
  get positions(): Value {
    return this.input('positions', 'int64', ['batch', 'n']);
  }

  /** int64 [B, n]: positions after the prompt; below 0 in the prompt. */
  get picturePositions(): Value {
    return this.input('picture_positions', 'int64', ['batch', 'n']);
  }

  /** An input that is declared when it is first asked for. */
  input(name: string, type: ElementType, shape: readonly Dimension[]): Value {
    const known = this.declared.get(name);
    if (known !== undefined) return known;
    const value = this.graph.input(name, type, shape);
    this.declared.set(name, value);
    return value;
  }

  /** A tensor of the checkpoint, as float32. */
  weight(name: string, dims: readonly number[]): Value {
    return this.graph.weight(name, this.weights.source.tensor(name, dims));
  }

  /** Rows [B, n, dim] of a table [rows, dim] for the tokens of the pass. */
  embedding(name: string, rows: number, dim: number): Value {
    const location = this.weights.source.tensor(name, [rows, dim]);
    const isLarge = this.keeping.residence === 'device' && FLOAT_BYTES * rows * dim > this.deviceTableBytes;
    if (!isLarge) return this.graph.rows(name, location, this.tokens);
    const input = `rows of ${name}`;
    this.tables.push({ input, location });
    return this.input(input, 'float32', ['batch', 'n', dim]);
  }

  /** Tables that are too large for the device. The caller hands over their rows. */
  get hostTables(): readonly HostTable[] {
    return this.tables;
  }

  /** The prompt's hidden states in the prompt's pass, else `embedded` [B, n, dim]. */
  promptOr(embedded: Value): Value {
    const prompt = this.input('prompt', 'float32', ['prompt_batch', 'prompt_n', 'prompt_dim']);
    return this.graph.op('Where', [this.input('is_prompt', 'bool', [1]), prompt, embedded]);
  }

  /** [B, n, dim] -> [B*n, dim] */
  flat(x: Value, dim: number): Value {
    return this.graph.op('Reshape', [x, this.graph.int64([-1, dim])]);
  }

  /** x [k, inner] times the transposed matrix [out, inner], plus the bias [out] where there is one: [k, out]. */
  linear(x: Value, name: string, out: number, inner: number, bias?: string): Value {
    const { source, linearLayer } = this.weights;
    const product = linearLayer(this.graph, source, { x, name, out, inner });
    return bias === undefined ? product : this.graph.op('Add', [product, this.weight(bias, [out])]);
  }

  /** x / sqrt(mean(x²) + eps) * weight, over the last dimension. */
  rmsNorm(x: Value, name: string, dim: number, eps: number): Value {
    return this.graph.op('SimplifiedLayerNormalization', [x, this.weight(name, [dim])], {
      axis: -1,
      epsilon: new Float(eps),
    });
  }

  /** (x - mean) / sqrt(variance + eps) * weight + bias, over the last dimension. */
  layerNorm(x: Value, name: string, dim: number, eps: number): Value {
    return this.graph.op(
      'LayerNormalization',
      [x, this.weight(`${name}.weight`, [dim]), this.weight(`${name}.bias`, [dim])],
      { axis: -1, epsilon: new Float(eps) },
    );
  }

  /** (x - mean) / sqrt(variance + eps), over the last dimension: a layer norm without weights. */
  standardised(x: Value, dim: number, eps: number): Value {
    const ones = this.graph.float32(new Float32Array(dim).fill(1), [dim]);
    return this.graph.op('LayerNormalization', [x, ones], { axis: -1, epsilon: new Float(eps) });
  }

  /** [B*n, count*headDim] -> [B, count, n, headDim] */
  heads(x: Value): Value {
    const { graph } = this;
    const shape = graph.op('Concat', [this.batchAndN, graph.int64([-1, this.shape.headDim])], { axis: 0 });
    return graph.op('Transpose', [graph.op('Reshape', [x, shape])], { perm: [0, 2, 1, 3] });
  }

  /** Cuts the heads [B, count, n, headDim] into groups. */
  splitHeads(x: Value, counts: readonly [number, number]): readonly [Value, Value] {
    return this.split(x, this.graph.int64(counts), 1);
  }

  /**
   * A rotary table as constants. Half of the scores' scale turns with the queries, the other half with the keys, so the
   * scale needs no operator of its own.
   */
  rotary({ cos, sin, shape, pairing }: RotaryTable): RotaryValues {
    const half = this.shape.headDim ** -0.25;
    const scaled = (values: Float32Array): Value =>
      this.graph.float32(
        values.map((value) => half * value),
        shape,
      );
    return { cos: scaled(cos), sin: scaled(sin), pairing };
  }

  /** Turns and scales queries or keys [B, heads, n, headDim] by their positions. @param rows of the table, int64 [B, n] */
  turned(x: Value, { cos, sin, pairing }: RotaryValues, rows: Value = this.positions): Value {
    return this.graph.op('com.microsoft:RotaryEmbedding', [x, rows, cos, sin], {
      interleaved: pairing === 'neighbours' ? 1 : 0,
    });
  }

  /** Scales queries, for a family that turns neither queries nor keys. */
  scaled(query: Value): Value {
    return this.graph.op('Mul', [query, this.scalar(this.shape.headDim ** -0.5)]);
  }

  /** Softmax attention over the keys that each query may see: [B*n, heads*headDim]. Queries or keys are scaled already. */
  attention(layer: number, { query, key, value }: QueriesKeysValues): Value {
    const { graph } = this;
    const { past, fresh } = this.cache.layer(layer, { key, value });
    const scores = graph.op(
      'Concat',
      [this.pastProducts.scores(query, past.key), this.products.scores(query, fresh.key)],
      { axis: 3 },
    );
    const weights = graph.op('Softmax', [graph.op('Add', [scores, this.cache.mask])], { axis: 3 });
    const [pastWeights, newWeights] = this.split(weights, this.pastAndNew, 3);
    const mixed = graph.op('Add', [
      this.pastProducts.mix(pastWeights, past.value),
      this.products.mix(newWeights, fresh.value),
    ]);
    const merged = graph.op('Transpose', [mixed], { perm: [0, 2, 1, 3] }); // [B, n, heads, headDim]
    return this.flat(merged, this.shape.heads * this.shape.headDim);
  }

  /** x * sigmoid(x) */
  silu(x: Value): Value {
    return this.graph.op('Mul', [x, this.graph.op('Sigmoid', [x])]);
  }

  /** The exact GELU, by the error function. */
  gelu(x: Value): Value {
    return this.graph.op('Gelu', [x], { approximate: 'none' });
  }

  add(a: Value, b: Value): Value {
    return this.graph.op('Add', [a, b]);
  }

  multiply(a: Value, b: Value): Value {
    return this.graph.op('Mul', [a, b]);
  }

  /** The hidden states of the tokens that predict: [B*n, dim] -> [B*m, dim]. */
  predicting(x: Value, dim: number): Value {
    const { graph } = this;
    const batched = graph.op('Reshape', [
      x,
      graph.op('Concat', [this.batchAndN, graph.int64([dim])], { axis: 0 }),
    ]);
    const predicting = this.input('predicting', 'int64', ['m']);
    return this.flat(graph.op('Gather', [batched, predicting], { axis: 1 }), dim);
  }

  /** Declares the graph's outputs. Call it once, after all layers. @param logits [B*m, codes] */
  logits(logits: Value, codes: number): void {
    const { graph } = this;
    const batch = graph.op('Gather', [this.batchAndN, graph.int64([0])], { axis: 0 });
    const shape = graph.op('Concat', [batch, graph.int64([-1, codes])], { axis: 0 });
    graph.output(graph.op('Reshape', [logits, shape]), 'logits', 'float32', ['batch', 'm', codes]);
    this.cache.outputs();
  }

  private split(x: Value, lengths: Value, axis: number): readonly [Value, Value] {
    const [first, second] = this.graph.ops('Split', [x, lengths], 2, { axis });
    if (first === undefined || second === undefined) throw new Error('Split yields two parts.');
    return [first, second];
  }

  private scalar(value: number): Value {
    return this.graph.float32(Float32Array.of(value), [1]);
  }
}
