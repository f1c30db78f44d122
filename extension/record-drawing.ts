import { l10n } from 'vscode';
import {
  UNDECIDED,
  type CellAlternatives,
  type HostToComparison,
  type HostToWebview,
  type ModelSummary,
} from '../sidecar/protocol';
import type { RunRecord } from '../sidecar/trace-file/run-record';
import { encodeTrace } from '../sidecar/trace-file/trace-file';
import { errorMessage } from './error-message';
import { fileSize } from './file-size';
import type { Log } from './log';
import { listModels } from './model-list';
import { UserError } from './report-error';
import { readSettings } from './settings';
import type { SidecarClient } from './sidecar-client';

/** Weights of a model, in bytes, up to which likelihoods are computed before the user asks: they take about a second. */
const SMALL_MODEL_BYTES = 2 ** 28;
/** Time limit for a cell: its model may have to be opened first. */
const INSPECT_TIMEOUT_MS = 10 * 60_000;

/** Draws steps of recorded runs, and computes cells again, with the model that made them, while a sidecar runs. It starts one only for a cell that the user asks for. */
export class RecordDrawing {
  constructor(
    private readonly client: SidecarClient,
    private readonly log: Log,
  ) {}

  get isPossible(): boolean {
    return this.client.state.kind === 'ready';
  }

  /** Draws the cells that are decided up to a step. @returns the answer for the page. Never rejects */
  async draw({ run, origin, snapshot }: RunRecord, step: number): Promise<HostToWebview> {
    try {
      const { folder: model } = await this.modelOf(run.settings.model);
      const tokens = Array.from(snapshot.tokens, (token, cell) => {
        const decidedIn = snapshot.stepOf[cell] ?? UNDECIDED;
        return decidedIn <= step ? token : UNDECIDED;
      });
      const connection = await this.client.connection();
      const request = { model, weights: origin.weights, grid: run.grid, tokens };
      const { width, height, rgb } = await connection.drawTokens(request);
      return { type: 'drawn-step', step, width, height, rgb: new Uint8Array(rgb) };
    } catch (error) {
      return { type: 'step-not-drawn', step, reason: errorMessage(error) };
    }
  }

  /** Lets the model compute a cell's draw again. @returns the answer for the page. Never rejects */
  async inspect(record: RunRecord, position: number): Promise<HostToWebview> {
    try {
      return { type: 'inspected-cell', alternatives: await this.alternatives(record, position) };
    } catch (error) {
      return { type: 'cell-not-inspected', reason: errorMessage(error) };
    }
  }

  /** A cell's draw, computed again by the model. A sidecar starts if none runs. @throws UserError, or one of the sidecar's errors */
  async alternatives(record: RunRecord, position: number): Promise<CellAlternatives> {
    const { folder: model } = await this.modelOf(record.run.settings.model);
    const trace = Buffer.from(await encodeTrace(record)).toString('base64');
    const connection = await this.client.connection();
    const request = { type: 'inspect-recorded', model, trace, position } as const;
    const { likeliest, drawn, rank } = await connection.request(request, INSPECT_TIMEOUT_MS);
    return { position, likeliest, drawn, rank };
  }

  /**
   * Lets the model compute how likely two runs are in raster order.
   * @param isAsked whether the user asked for it. Otherwise a large model computes nothing
   * @returns the answer for the page. Never rejects
   */
  async score(records: readonly [RunRecord, RunRecord], isAsked: boolean): Promise<HostToComparison> {
    try {
      const model = await this.modelOf(records[0].run.settings.model);
      if (!isAsked && model.weightBytes > SMALL_MODEL_BYTES) {
        const size = fileSize(model.weightBytes);
        const reason = l10n.t(
          'The model {0} has {1} of weights, so it computes only on request.',
          model.name,
          size,
        );
        return { type: 'no-likelihoods', reason };
      }
      const [a, b] = [await this.scoreOne(model, records[0]), await this.scoreOne(model, records[1])];
      return { type: 'likelihoods', nll: [a, b] };
    } catch (error) {
      return { type: 'no-likelihoods', reason: errorMessage(error) };
    }
  }

  private async scoreOne({ folder }: ModelSummary, record: RunRecord): Promise<readonly number[]> {
    const { condition } = record.run.settings;
    if (condition.kind === 'caption')
      throw new UserError(
        l10n.t('The run was made from the caption file {0}, whose folder is not known.', condition.file),
      );
    const trace = Buffer.from(await encodeTrace(record)).toString('base64');
    const connection = await this.client.connection();
    const { nll } = await connection.request({ type: 'score-recorded', model: folder, trace });
    return nll;
  }

  /** The model with a name. @throws UserError when it is not among the models here */
  private async modelOf(name: string): Promise<ModelSummary> {
    const models = await listModels(this.client, readSettings(), this.log);
    const model = models.find((each) => each.name === name);
    if (model) return model;
    throw new UserError(
      l10n.t('The model {0} that made this image is not here. Add it with ZipAR: Add Model.', name),
    );
  }
}
