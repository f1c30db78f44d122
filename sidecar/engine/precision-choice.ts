import type { ModelFolder } from '../model/model-folder';
import type { SizedPrecision } from '../model/transformer/transformer-memory';
import type { Precision, WeightPrecision } from '../protocol';
import { memorySize } from './memory-size';
import { transformerMemoryOf } from './memory-need';
import type { ProductTimes } from './product-times';
import { RequestError } from './request-error';
import { sentence, type Said, type Sentence } from '../protocol/sentence';

/** The precision of a run, and a sentence for the log with the reason. */
export interface PrecisionChoice {
  readonly precision: WeightPrecision;
  readonly reason: Said;
  /**
   * Whether the user must be told. It is true if the results differ slightly from those of the stored weights, and the user did
   * not ask for this precision.
   */
  readonly isNews: boolean;
}

/** The providers for which packed weights were tested. */
const PACKED_ON = ['cpu', 'webgpu'];
/** The memory for Node.js, ONNX Runtime and the data of a step, in addition to weights, keys and values. */
const OVERHEAD_BYTES = 300e6;
/** A transformer of this size or less always gets its stored weights, because it needs little memory. */
const SMALL_BYTES = 64e6;
/** The share of the free memory that a model may take. The rest is for other programs. */
const COMFORTABLE = 0.75;

/**
 * The largest ratio of the times of 8 and 4 bits at which 8 bits are chosen. 8 bits are much nearer to the stored weights, so
 * they may take some more time.
 */
const TIME_FOR_FIDELITY = 1.25;

/**
 * Chooses the precision. If the stored weights fit into memory, they are used as they are, because fewer bits change tokens.
 * Otherwise weights of 8 bits are used if they fit, and else weights of 4 bits. There is one exception: 4 bits are also used if
 * this processor computes with them much faster. This is so on processors without instructions for products of bytes.
 *
 * Only the user can choose float16. On a CPU it saves no memory. On a GPU, only a computation shows whether the GPU supports
 * it.
 *
 * @param memory the bytes that the transformer needs (`transformerMemory`)
 * @param available the available memory, in bytes
 * @param times the times of products with packed weights, if they are known
 * @throws RequestError when the provider cannot run the precision
 */
export function choosePrecision(
  requested: Precision,
  provider: string,
  memory: Readonly<Record<SizedPrecision, number>>,
  available: number,
  times?: ProductTimes,
): PrecisionChoice {
  if (requested !== 'auto') {
    checkProvider(requested, provider);
    return {
      precision: requested,
      reason: sentence`Weights ${DESCRIBED[requested]}, as asked for.`,
      isNews: false,
    };
  }
  if (!PACKED_ON.includes(provider))
    return {
      precision: 'stored',
      reason: sentence`Weights as stored: provider ${provider} runs no others.`,
      isNews: false,
    };
  const room = Math.max(SMALL_BYTES, COMFORTABLE * available - OVERHEAD_BYTES);
  const fits = (precision: SizedPrecision): boolean => memory[precision] <= room;
  const free = sentence`${memorySize(available)} of free memory`;
  if (fits('stored'))
    return {
      precision: 'stored',
      reason: sentence`Weights as stored: they take ${memorySize(memory.stored)} of ${free}.`,
      isNews: false,
    };
  const isInt8Slow = times !== undefined && times.int8 > TIME_FOR_FIDELITY * times.int4;
  const precision = fits('int8') && !isInt8Slow ? 'int8' : 'int4';
  const size = memorySize(memory[precision]);
  const doubt = fits(precision) ? size : sentence`${size}, which may not do either`;
  const stored = sentence`${memorySize(memory.stored)} of ${free}`;
  const cause =
    isInt8Slow && fits('int8')
      ? sentence`${stored}, and 8 bits take ${(times.int8 / times.int4).toFixed(1)} times as long on this processor`
      : stored;
  return {
    precision,
    reason: sentence`Weights ${DESCRIBED[precision]} (${doubt}), because as stored they would take ${cause}; precision stored would have them so all the same.`,
    isNews: true,
  };
}

/**
 * Chooses the precision for a model, whose memory is computed from its files.
 * @param available the available memory, in bytes
 * @param timer measures products. It is called only if the choice depends on the times
 * @throws RequestError, ModelError, WeightsError
 */
export async function choosePrecisionFor(
  model: ModelFolder,
  requested: Precision,
  provider: string,
  available: number,
  timer?: () => Promise<ProductTimes | undefined>,
): Promise<PrecisionChoice> {
  const { transformer } = model;
  if (!transformer || requested !== 'auto')
    return choosePrecision(transformer ? requested : 'stored', provider, NO_MEMORY, Infinity);
  const { weights, cache } = await transformerMemoryOf(model, transformer);
  const memory = {
    stored: weights.stored + cache,
    int8: weights.int8 + cache,
    int4: weights.int4 + cache,
  };
  const choice = choosePrecision('auto', provider, memory, available);
  if (choice.precision !== 'int8' || provider !== 'cpu') return choice;
  return choosePrecision('auto', provider, memory, available, await timer?.());
}

const NO_MEMORY = { stored: 0, int8: 0, int4: 0 };

const DESCRIBED: { readonly [precision in WeightPrecision]: Sentence } = {
  stored: sentence`as stored`,
  float16: sentence`in float16`,
  int8: sentence`packed to 8 bits`,
  int4: sentence`packed to 4 bits`,
};

/** Checks that a provider can compute with a precision. @throws RequestError when it cannot */
function checkProvider(precision: WeightPrecision, provider: string): void {
  if (precision === 'stored' || PACKED_ON.includes(provider)) return;
  throw new RequestError(
    sentence`Precision ${precision} is not available on provider ${provider}, which runs weights as stored only; choose precision stored, or one of the providers ${PACKED_ON.join(', ')}.`,
  );
}
