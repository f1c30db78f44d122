import type { ModelFolder } from '../model/model-folder';
import type { SizedPrecision } from '../model/transformer/transformer-memory';
import type { Precision, WeightPrecision } from '../protocol';
import { memorySize } from './memory-size';
import { transformerMemoryOf } from './memory-need';
import type { ProductTimes } from './product-times';
import { RequestError } from './request-error';

/** The precision of a run, and why, in a sentence for the log. */
export interface PrecisionChoice {
  readonly precision: WeightPrecision;
  readonly reason: string;
  /**
   * Whether to tell the user: the results differ slightly from those of the stored weights, and the user did not ask for
   * this.
   */
  readonly isNews: boolean;
}

/** Providers on which packed weights were checked. */
const PACKED_ON = ['cpu', 'webgpu'];
/** Memory that Node.js, ONNX Runtime and a pass take in addition to weights, keys and values. */
const OVERHEAD_BYTES = 300e6;
/** A transformer of at most this size is never the cause of a lack of memory. */
const SMALL_BYTES = 64e6;
/** Share of the free memory that a model may take: the rest is for everything else on the machine. */
const COMFORTABLE = 0.75;

/**
 * Time factor that 8 bits may cost against 4. They are much nearer to the stored weights, which is worth some time, but not
 * more.
 */
const TIME_FOR_FIDELITY = 1.25;

/**
 * Chooses the precision: first by fidelity, then by speed. The weights stay as they are stored unless memory forces fewer
 * bits. Decoders are compared by their tokens, and fewer bits change tokens.
 * Among fewer bits, 8 bits are taken if they fit, unless this processor multiplies 4 bits much faster. Processors without
 * instructions for products of bytes do so.
 * Only the user chooses float16: on a CPU it saves no memory, and only a trial shows whether a GPU supports it.
 *
 * @param memory bytes that the transformer takes, see `transformerMemory`
 * @param available bytes of memory
 * @param times of products with packed weights, where they are known
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
    return { precision: requested, reason: `Weights ${DESCRIBED[requested]}, as asked for.`, isNews: false };
  }
  if (!PACKED_ON.includes(provider))
    return {
      precision: 'stored',
      reason: `Weights as stored: provider ${provider} runs no others.`,
      isNews: false,
    };
  const room = Math.max(SMALL_BYTES, COMFORTABLE * available - OVERHEAD_BYTES);
  const fits = (precision: SizedPrecision): boolean => memory[precision] <= room;
  const free = `${memorySize(available)} of free memory`;
  if (fits('stored'))
    return {
      precision: 'stored',
      reason: `Weights as stored: they take ${memorySize(memory.stored)} of ${free}.`,
      isNews: false,
    };
  const isInt8Slow = times !== undefined && times.int8 > TIME_FOR_FIDELITY * times.int4;
  const precision = fits('int8') && !isInt8Slow ? 'int8' : 'int4';
  const doubt = fits(precision) ? '' : ', which may not do either';
  return {
    precision,
    reason:
      `Weights ${DESCRIBED[precision]} (${memorySize(memory[precision])}${doubt}), because as stored they would take ` +
      `${memorySize(memory.stored)} of ${free}${slower(isInt8Slow && fits('int8'), times)}; precision stored would have them so all the same.`,
    isNews: true,
  };
}

/**
 * The precision for a model on the disk.
 * @param available bytes of memory
 * @param timer called only where its answer decides
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

function slower(isNamed: boolean, times: ProductTimes | undefined): string {
  if (!isNamed || !times) return '';
  return `, and 8 bits take ${(times.int8 / times.int4).toFixed(1)} times as long on this processor`;
}

const NO_MEMORY = { stored: 0, int8: 0, int4: 0 };

const DESCRIBED: { readonly [precision in WeightPrecision]: string } = {
  stored: 'as stored',
  float16: 'in float16',
  int8: 'packed to 8 bits',
  int4: 'packed to 4 bits',
};

/** @throws RequestError */
function checkProvider(precision: WeightPrecision, provider: string): void {
  if (precision === 'stored' || PACKED_ON.includes(provider)) return;
  throw new RequestError(
    `Precision ${precision} is not available on provider ${provider}, which runs weights as stored only; choose precision stored, or one of the providers ${PACKED_ON.join(', ')}.`,
  );
}
