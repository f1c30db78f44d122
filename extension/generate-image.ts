import { commands, l10n, Uri, workspace, type CancellationToken, type ExtensionContext } from 'vscode';
import type { Condition, GenerateRequest, PictureToolResult } from '../sidecar/protocol';
import type { RepeatableSettings } from '../sidecar/trace-file/run-summary';
import { ContinueRun } from './continue-run';
import type { ImageExport } from './export-image';
import { parseGenerateOptions, type GenerateOptions } from './generate-options';
import type { Histories } from './generate-prompt';
import { ImageMaker, type GenerateResult } from './image-maker';
import { ImageRequests } from './image-requests';
import type { Log } from './log';
import { PromptHistory } from './prompt-history';
import { errorMessage } from './error-message';
import { UserError } from './report-error';
import { RequestRefusedError } from './request-refused-error';
import { savesPicture, type RunKeeper } from './run-keeper';
import type { RepeatableRun } from './run-under-way';
import type { SidecarClient } from './sidecar-client';
import type { StepThroughPanel } from './step-through-panel';
import { titleOf, type Subject } from './subject';
import { WhatToDraw, type Beginning } from './what-to-draw';
import { showWarning } from './window/notifications';

/** The parts of the window that work together when an image is made. */
type GenerationParts = ConstructorParameters<typeof ImageMaker>[0] &
  ConstructorParameters<typeof WhatToDraw>[0] & {
    readonly context: ExtensionContext;
    readonly log: Log;
    readonly client: SidecarClient;
    readonly panel: StepThroughPanel;
    readonly imageExport: ImageExport;
    readonly keeper: RunKeeper;
  };

/** Makes an image for the command: asks for the prompt, shows the run while it goes on, and saves the result. */
export class GenerateImage {
  /** Goes on with runs that were stopped. */
  readonly continuing: ContinueRun;
  private readonly histories: Histories;
  private readonly requests: ImageRequests;
  private readonly maker: ImageMaker;
  private readonly dialogue: WhatToDraw;
  /** An empty prompt, with the choices of the session. */
  private readonly usual: Beginning = { prompt: '', chosen: { choices: {} } };

  constructor(private readonly studio: GenerationParts) {
    const { globalState } = studio.context;
    this.histories = {
      prompts: new PromptHistory(globalState, 'ziparStudio.promptHistory'),
      classes: new PromptHistory(globalState, 'ziparStudio.classHistory'),
    };
    this.requests = new ImageRequests(studio.client, studio.log);
    this.maker = new ImageMaker(studio, (condition) => {
      if (condition.kind === 'class') void this.histories.classes.add(String(condition.label));
    });
    this.dialogue = new WhatToDraw(studio, this.histories);
    this.continuing = new ContinueRun(studio.client, this.requests, this.maker, () => this.canSave());
  }

  /**
   * Makes images. While another one is made, they wait in line. Undefined when the user cancels before the first begins.
   * @returns the result of the first image, when all have ended
   */
  async run(argument: unknown): Promise<GenerateResult | undefined> {
    const { count, ...options } = await this.readOptions(argument);
    return this.runWith(options, count, this.usual);
  }

  /**
   * Makes an image for an agent and writes it into the workspace. Without an open folder, the extension keeps the image.
   * @throws UserError when it cannot be written, or was cancelled; RequestRefusedError, or one of the sidecar's errors
   */
  async forTool(
    condition: Condition,
    fields: GenerateOptions['fields'],
    token: CancellationToken,
  ): Promise<PictureToolResult> {
    const { imageExport, keeper, panel } = this.studio;
    await imageExport.check();
    const request = await this.requests.of({ condition }, fields, {});
    const run: RepeatableRun = { request, title: titleOf(condition, undefined) };
    const subscription = token.onCancellationRequested(() => {
      this.maker.cancel(run);
    });
    try {
      const finished = await this.maker.enqueueUnkept(run);
      if (finished?.ended.state !== 'complete') throw new UserError(l10n.t('The image was cancelled.'));
      const file = workspace.workspaceFolders
        ? await imageExport.export(finished.run)
        : (await keeper.keep(finished, request))?.file;
      if (!file) throw new UserError(l10n.t('The image could not be kept.'));
      panel.runKept(finished.run.runId, file, undefined);
      const { settings, rasterSteps } = finished.run;
      const { model, decoder, seed } = settings;
      return { file: file.fsPath, model, decoder, seed, steps: finished.ended.steps, rasterSteps };
    } finally {
      subscription.dispose();
    }
  }

  /**
   * Makes an image with the settings of another: the same one, or another with what is changed.
   * @returns the file that keeps a finished image; undefined when it was not finished, or could not be kept
   */
  async again(
    settings: RepeatableSettings,
    changes: Omit<GenerateRequest, 'condition'> = {},
  ): Promise<Uri | undefined> {
    const fields = { ...(await this.requests.repeating(settings)), ...changes };
    const { condition } = settings;
    if (condition.kind === 'caption') await requireCaption(condition.file);
    const result = await this.runWith({ condition, fields }, 1, this.usual);
    return result?.state === 'complete' && result.file !== undefined ? Uri.parse(result.file) : undefined;
  }

  /** Asks what to draw, with the prompt and the settings of another image to begin with. */
  async like(settings: RepeatableSettings): Promise<void> {
    const fields = await this.requests.repeating(settings);
    const { model, decoder, decoderSettings, seed, guidance, temperature, topK, topP, ...others } = fields;
    const { condition } = settings;
    const choices = {
      ...(decoder !== undefined && { decoder }),
      ...(decoderSettings !== undefined && { decoderSettings }),
      ...(seed !== undefined && { seed }),
      ...(guidance !== undefined && { guidance }),
      ...(temperature !== undefined && { temperature }),
      ...(topK !== undefined && { topK }),
      ...(topP !== undefined && { topP }),
    };
    await this.runWith(
      { condition: undefined, fields: { ...others, ...(model !== undefined && { model }) } },
      undefined,
      { prompt: condition.kind === 'prompt' ? condition.prompt : '', chosen: { choices } },
    );
  }

  /** Makes images. When the sidecar refuses what the user typed, the user gets the text back with the reason. */
  private async runWith(
    options: Pick<GenerateOptions, 'condition' | 'fields'>,
    count: number | undefined,
    beginning: Beginning,
  ): Promise<GenerateResult | undefined> {
    if (savesPicture(options.fields) && !(await this.canSave())) return undefined;
    for (;;) {
      const subject = options.condition
        ? { condition: options.condition, title: titleOf(options.condition, undefined), hasOtherModel: false }
        : await this.dialogue.ask(options.fields.model, beginning);
      if (!subject) return undefined;
      const { condition } = subject;
      if (condition.kind === 'prompt') void this.histories.prompts.add(condition.prompt);
      try {
        return await this.makeAll(subject, options, count, beginning);
      } catch (error) {
        const isRefused = error instanceof RequestRefusedError && error.code === 'bad-request';
        if (options.condition || condition.kind !== 'prompt' || !isRefused) throw error;
        this.studio.log.info(error.message);
        beginning = { ...beginning, prompt: condition.prompt, refusal: errorMessage(error) };
      }
    }
  }

  private async makeAll(
    subject: Subject,
    options: Pick<GenerateOptions, 'fields'>,
    count: number | undefined,
    { chosen }: Beginning,
  ): Promise<GenerateResult | undefined> {
    const requests = await this.requests.forSubject(subject, options, count, chosen.choices);
    const [result] = await Promise.all(
      requests.map((request) => this.maker.enqueue({ request, title: subject.title })),
    );
    return result;
  }

  /** Checks before the run whether the picture can be saved. If not, it says why; the user may still continue. */
  private async canSave(): Promise<boolean> {
    try {
      await this.studio.imageExport.check();
      return true;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.studio.log.info(error.message);
      const anyway = l10n.t('Generate Anyway');
      const openSettings = l10n.t('Open Settings');
      const answer = await showWarning(error.message, anyway, openSettings);
      if (answer === openSettings)
        await commands.executeCommand('workbench.action.openSettings', 'ziparStudio.export');
      return answer === anyway;
    }
  }

  private async readOptions(argument: unknown): Promise<GenerateOptions> {
    // Without an argument, the quick pick appears at once, while the sidecar may still be starting.
    const hasArgument = typeof argument === 'object' && argument !== null;
    const parsed = parseGenerateOptions(argument, hasArgument ? await this.studio.client.decoders() : []);
    switch (parsed.kind) {
      case 'options':
        return parsed.options;
      case 'unknown-option':
        throw new UserError(l10n.t('ZipAR: Generate Image has no option “{0}”.', parsed.name));
      case 'wrong-type':
        throw new UserError(
          l10n.t('The option “{0}” of ZipAR: Generate Image must be a {1}.', parsed.name, parsed.expected),
        );
    }
  }
}

/** Throws if a caption file is not where it was. A picture names it without its folder. @throws UserError */
async function requireCaption(file: string): Promise<void> {
  const isThere = await workspace.fs.stat(Uri.file(file)).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  throw new UserError(
    l10n.t(
      'The image was made from the caption file {0}, which is not there. Choose the file in ZipAR: Generate Image.',
      file,
    ),
  );
}
