import { describeDecoders } from '../decoding/decoder-table';
import { enginePaths } from '../engine-paths';
import { ModelLibrary } from '../engine/model-library';
import { encodeCondition } from '../engine/run-plan';
import { negativeLogLikelihoods } from '../engine/score-tokens';
import type { ModelFolder } from '../model/model-folder';
import { UNHEARD } from '../model/precision/packing-listener';
import { weightsDigest } from '../model/weights-digest';
import { decidedPrefix } from '../trace-file/decided-prefix';
import type { RunRecord } from '../trace-file/run-record';
import { requestOf, summaryOf } from '../trace-file/run-summary';
import { asUsageError, UsageError } from './usage-error';
import { withExecution } from './with-execution';

/** A run whose trace its file holds. */
export interface TracedRun {
  /** Name of the file as the user wrote it. */
  readonly file: string;
  readonly record: RunRecord;
}

/** How likely runs are under the raster model, or why that is not known. */
export type RunLikelihoods =
  | {
      /**
       * For each run the negative log-likelihoods in nats, as `zipar score` computes them with the run's guidance. In raster
       * order, up to the first undecided cell.
       */
      readonly nll: readonly (readonly number[])[];
    }
  /** One sentence. */
  | { readonly missing: string };

/**
 * Computes how likely the runs of one model are in raster order, if the model is there.
 * @param named the model's folder, file or name; undefined = the model that ships and has the name in the files
 * @throws UsageError when a model that is named cannot be used
 */
export async function runLikelihoods(
  runs: readonly TracedRun[],
  named: string | undefined,
): Promise<RunLikelihoods> {
  try {
    const nll: (readonly number[])[] = [];
    for (const run of runs) nll.push(await likelihoodsOf(run, named));
    return { nll };
  } catch (error) {
    if (named !== undefined) throw asUsageError(error);
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

async function likelihoodsOf({ file, record }: TracedRun, named: string | undefined): Promise<number[]> {
  const request = requestOf(summaryOf(record), describeDecoders());
  if (request.condition.kind === 'caption')
    throw new UsageError(
      `${file} was made from the caption file ${request.condition.file}, whose folder it does not tell, so its likelihood is not known.`,
    );
  const tokens = decidedPrefix(record.snapshot);
  if (tokens.length === 0) throw new UsageError(`${file} has not decided its first cell; name a longer run.`);
  const model = await modelOf(record, named);
  const encoded = await encodeCondition(request, model);
  const { precision, guidance = 1 } = request;
  const { result } = await withExecution(model, { precision }, async (loaded) => {
    try {
      const { input } = await loaded.preparePrompt(encoded.input);
      await loaded.transformer(UNHEARD);
      return await negativeLogLikelihoods(loaded, { prompt: input, guidance, tokens });
    } finally {
      await loaded.release();
    }
  });
  return result;
}

/** The model that made a run. @throws UsageError when it is not there, or has other weights */
async function modelOf({ run, origin }: RunRecord, named: string | undefined): Promise<ModelFolder> {
  const { model: name } = run.settings;
  const library = new ModelLibrary(enginePaths().models);
  const model = await library.find(named ?? name, { grid: run.grid }).catch((cause: unknown) => {
    if (named !== undefined) throw cause;
    throw new UsageError(`The model ${name} does not ship with this program; name its folder with --model.`, {
      cause,
    });
  });
  if (origin.weights !== null && origin.weights !== (await weightsDigest(model)))
    throw new UsageError(
      `The model ${model.name} has other weights than those that made the runs; name the folder of their model with --model.`,
    );
  return model;
}
