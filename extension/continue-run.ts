import { l10n, type Uri } from 'vscode';
import type { GenerateRequest } from '../sidecar/protocol';
import { repeatedFields, summaryOf } from '../sidecar/trace-file/run-summary';
import type { ImageMaker } from './image-maker';
import type { ImageRequests } from './image-requests';
import { requestedTextEncoder } from './model-list';
import { UserError } from './report-error';
import { readRunDocument } from './run-document';
import { savesPicture } from './run-keeper';
import type { RepeatableRun } from './run-under-way';
import { readSettings } from './settings';
import type { SidecarClient } from './sidecar-client';
import { titleOf } from './subject';
import { showWarning } from './window/notifications';

/** Goes on with runs that were stopped. */
export class ContinueRun {
  /** @param canSave asks the user whether to go on if the picture could not be saved */
  constructor(
    private readonly client: SidecarClient,
    private readonly requests: ImageRequests,
    private readonly maker: ImageMaker,
    private readonly canSave: () => Promise<boolean>,
  ) {}

  /**
   * Goes on with a run that was stopped, with the tokens that it would have had.
   * @param file the run's `.zipar` file
   * @throws UserError when the file cannot be read, or its run is complete, or its model is not here
   */
  async goOn(file: Uri): Promise<void> {
    const { record } = await readRunDocument(file);
    const { condition, ...summary } = summaryOf(record);
    if (summary.state === 'complete')
      throw new UserError(l10n.t('{0} is complete, so there is nothing to continue.', file.fsPath));
    if (file.scheme !== 'file')
      throw new UserError(l10n.t('{0} is not on this machine; save it here first.', file.toString()));
    const { places } = record;
    const captions = places?.caption ?? (condition.kind === 'caption' ? condition.file : undefined);
    const fields = places
      ? repeatedFields({ ...summary, condition }, await this.client.decoders())
      : await this.requests.repeating({ ...summary, condition });
    const { provider, onProviderFailure, previewEveryMs } = readSettings().generation;
    const request: GenerateRequest = {
      ...fields,
      ...(places && { model: places.model }),
      ...(places?.imageDecoder !== undefined && { imageDecoder: places.imageDecoder }),
      ...textEncoderOf(places?.textEncoder ?? requestedTextEncoder(readSettings())),
      ...(provider && { provider }),
      ...(onProviderFailure && { onProviderFailure }),
      ...(previewEveryMs !== undefined && { previewEveryMs }),
      ...(record.run.patch === 0 && { tokensOnly: true }),
      condition: captions === undefined ? condition : { kind: 'caption', file: captions },
      resume: file.fsPath,
    };
    if (savesPicture(request) && !(await this.canSave())) return;
    await this.maker.enqueue({ request, title: titleOf(condition, undefined) });
  }

  /**
   * Says that a reload interrupted a run, and offers to make the same picture again.
   * @param saved the file in which the run saved itself, if it did; then it can go on
   */
  async tellInterrupted(run: RepeatableRun, saved: Uri | undefined): Promise<void> {
    const again = l10n.t('Generate Again');
    const goOn = l10n.t('Continue');
    const answer = await showWarning(interruption(run), ...(saved ? [goOn, again] : [again]));
    if (answer === goOn && saved) await this.goOn(saved);
    if (answer === again) await this.maker.enqueue(run);
  }
}

/** Text that says that a reload interrupted a run. */
export function interruption({ title }: RepeatableRun): string {
  return l10n.t(
    'The window was reloaded or closed while “{0}” was being generated: it was not finished.',
    title,
  );
}

function textEncoderOf(folder: string): Pick<GenerateRequest, 'textEncoder'> {
  return folder === '' ? {} : { textEncoder: folder };
}
