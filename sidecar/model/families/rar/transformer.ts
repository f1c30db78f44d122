import { RasterLayout, type SequenceLayout } from '../../../decoding/sequence-layout';
import type { GridShape } from '../../../decoding/token-grid';
import type { TransformerGraph } from '../../blocks/transformer-graph';
import type { TransformerDescription, TransformerPart, TransformerTensor } from '../../family';
import { ModelError } from '../../model-error';
import type { Value } from '../../onnx/graph-builder';
import { guidanceAt } from './guidance';
import { PROMPT_LENGTH, rarPromptEncoder } from './rar-prompt';
import { INDEX_TABLES, type RarShape } from './rar-shape';
import { sentence } from '../../../protocol/sentence';

/** The epsilon of all norms: those of layers and heads, and the last one. */
const NORM_EPSILON = 1e-6;

/**
 * RAR's transformer (github.com/bytedance/1d-tokenizer, `modeling/rar.py`). The sequence is `cls_token`, the class and the picture.
 * Each input also states the index that follows it. The class and the index modulate all norms.
 */
export class RarTransformer implements TransformerPart {
  readonly describedBy = sentence`the rest of the file`;
  readonly codes: number;
  readonly layout: SequenceLayout;

  /**
   * @param power the exponent of the guidance over the picture; 0 = constant guidance
   * @param folder of the model, for messages
   * @throws ModelError when the model has too few positions for the grid
   */
  constructor(
    readonly weights: string,
    private readonly shape: RarShape,
    grid: GridShape,
    private readonly power: number,
    folder: string,
  ) {
    this.codes = shape.codes;
    this.layout = new RasterLayout(grid);
    checkPositions(this.layout, shape, folder);
  }

  describe(): TransformerDescription {
    const { shape, codes, layout, power } = this;
    const { layers, heads, headDim } = shape;
    return {
      codes,
      layout,
      heads,
      promptLength: PROMPT_LENGTH,
      cache: { layers, kvHeads: heads, headDim },
      tensors: tensorsOf(shape),
      prompt: rarPromptEncoder(shape),
      guidanceAt: (scale, position) => guidanceAt(scale, position / layout.length, power),
      write: (t) => {
        writeRar(t, shape);
      },
    };
  }
}

/** @throws ModelError when a table has no row for the last index that is fed, or for its target */
function checkPositions({ grid, length }: SequenceLayout, { rows }: RarShape, folder: string): void {
  const room = Math.min(rows.position, rows.time, rows.target) - PROMPT_LENGTH;
  if (length <= room) return;
  throw new ModelError(
    sentence`${folder}: a grid of ${grid.height}x${grid.width} takes ${length} positions, where the model has ${room}; choose a smaller grid.`,
  );
}

function writeRar(t: TransformerGraph, { layers, dim, heads, hidden, headDim, ...shape }: RarShape): void {
  const { graph } = t;
  const rowsAt = (table: keyof typeof INDEX_TABLES, indices: Value): Value => {
    const whole = t.weight(INDEX_TABLES[table], [1, shape.rows[table], dim]);
    const matrix = graph.op('Reshape', [whole, graph.int64([shape.rows[table], dim])]);
    return graph.op('Gather', [matrix, indices], { axis: 0 }); // [B, n, dim]
  };
  const linear = (x: Value, name: string, out: number, inner: number): Value =>
    t.linear(x, `${name}.weight`, out, inner, `${name}.bias`);
  const modulated = (x: Value, shift: Value, scale: Value): Value =>
    t.add(t.add(x, t.multiply(x, scale)), shift);

  const index = t.positions;
  const next = graph.op('Add', [index, graph.int64([1])]);
  const token = t.embedding('embeddings.weight', shape.codes + 2 + shape.classes, dim);
  const placed = t.add(t.add(token, rowsAt('position', index)), rowsAt('target', next));
  let x = t.flat(t.promptOr(placed), dim);
  const label = t.input('condition', 'float32', ['batch', 1, dim]);
  const condition = t.silu(t.flat(t.add(label, rowsAt('time', index)), dim)); // [B*n, dim]

  for (let layer = 0; layer < layers; layer++) {
    const block = `blocks.${layer}`;
    const modulation = linear(condition, `${block}.adaLN_modulation.1`, 6 * dim, dim);
    const [shift, scale, gate, mlpShift, mlpScale, mlpGate] = graph.ops('Split', [modulation], 6, {
      ...{ axis: 1, num_outputs: 6 },
    }) as [Value, Value, Value, Value, Value, Value];

    const y = modulated(t.layerNorm(x, `${block}.norm1`, dim, NORM_EPSILON), shift, scale);
    const qkv = t.heads(linear(y, `${block}.attn.qkv`, 3 * dim, dim));
    const [queryAndKey, value] = t.splitHeads(qkv, [2 * heads, heads]);
    const [query, key] = t.splitHeads(queryAndKey, [heads, heads]);
    const attended = t.attention(layer, {
      query: t.scaled(t.layerNorm(query, `${block}.attn.q_norm`, headDim, NORM_EPSILON)),
      key: t.layerNorm(key, `${block}.attn.k_norm`, headDim, NORM_EPSILON),
      value,
    });
    x = t.add(x, t.multiply(gate, linear(attended, `${block}.attn.proj`, dim, dim)));

    const z = modulated(t.layerNorm(x, `${block}.norm2`, dim, NORM_EPSILON), mlpShift, mlpScale);
    const inner = t.gelu(linear(z, `${block}.mlp.fc1`, hidden, dim));
    x = t.add(x, t.multiply(mlpGate, linear(inner, `${block}.mlp.fc2`, dim, hidden)));
  }
  const modulation = linear(t.predicting(condition, dim), FINAL_MODULATION, 2 * dim, dim);
  const [scale, shift] = graph.ops('Split', [modulation], 2, { axis: 1, num_outputs: 2 }) as [Value, Value];
  const last = modulated(t.standardised(t.predicting(x, dim), dim, NORM_EPSILON), shift, scale);
  t.logits(linear(last, 'lm_head', shape.codes, dim), shape.codes);
}

/** The modulation before the head. Unlike in the layers, the scale comes before the shift. */
const FINAL_MODULATION = 'adaln_before_head.adaLN_modulation.1';

function tensorsOf({ layers, dim, headDim, hidden, codes, classes, rows }: RarShape): TransformerTensor[] {
  const other = (name: string, ...shape: number[]): TransformerTensor => ({ name, shape, role: 'other' });
  const linear = (
    name: string,
    out: number,
    inner: number,
    role: TransformerTensor['role'] = 'linear',
  ): TransformerTensor[] => [
    { name: `${name}.weight`, shape: [out, inner], role },
    other(`${name}.bias`, out),
  ];
  const norm = (name: string, width: number): TransformerTensor[] => [
    other(`${name}.weight`, width),
    other(`${name}.bias`, width),
  ];
  const blocks = Array.from({ length: layers }, (_, layer) => {
    const block = `blocks.${layer}`;
    return [
      ...linear(`${block}.adaLN_modulation.1`, 6 * dim, dim),
      ...norm(`${block}.norm1`, dim),
      ...linear(`${block}.attn.qkv`, 3 * dim, dim),
      ...norm(`${block}.attn.q_norm`, headDim),
      ...norm(`${block}.attn.k_norm`, headDim),
      ...linear(`${block}.attn.proj`, dim, dim),
      ...norm(`${block}.norm2`, dim),
      ...linear(`${block}.mlp.fc1`, hidden, dim),
      ...linear(`${block}.mlp.fc2`, dim, hidden),
    ];
  });
  return [
    { name: 'embeddings.weight', shape: [codes + 2 + classes, dim], role: 'table' },
    other('cls_token', 1, 1, dim),
    other(INDEX_TABLES.position, 1, rows.position, dim),
    other(INDEX_TABLES.target, 1, rows.target, dim),
    other(INDEX_TABLES.time, 1, rows.time, dim),
    ...blocks.flat(),
    ...linear(FINAL_MODULATION, 2 * dim, dim),
    ...linear('lm_head', codes, dim, 'output'),
  ];
}
