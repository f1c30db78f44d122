import { l10n } from 'vscode';
import { UNDECIDED, type CellAlternatives, type HostToWebview } from '../sidecar/protocol';
import type { RunRecord } from '../sidecar/trace-file/run-record';
import { encodeTrace } from '../sidecar/trace-file/trace-file';
import { errorMessage } from './error-message';
import type { Log } from './log';
import { listModels } from './model-list';
import { UserError } from './report-error';
import { readSettings } from './settings';
import type { SidecarClient } from './sidecar-client';

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
      const model = await this.folderOf(run.settings.model);
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
    const model = await this.folderOf(record.run.settings.model);
    const trace = Buffer.from(await encodeTrace(record)).toString('base64');
    const connection = await this.client.connection();
    const request = { type: 'inspect-recorded', model, trace, position } as const;
    const { likeliest, drawn, rank } = await connection.request(request, INSPECT_TIMEOUT_MS);
    return { position, likeliest, drawn, rank };
  }

  /** The folder of the model with a name. @throws UserError when it is not among the models here */
  private async folderOf(name: string): Promise<string> {
    const models = await listModels(this.client, readSettings(), this.log);
    const model = models.find((each) => each.name === name);
    if (model) return model.folder;
    throw new UserError(
      l10n.t('The model {0} that made this image is not here. Add it with ZipAR: Add Model.', name),
    );
  }
}
