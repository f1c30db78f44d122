import { commands, l10n, Uri, workspace, type CancellationToken, type ExtensionContext } from 'vscode';
import {
  LONG_RUN_MS,
  type Condition,
  type DecoderDescription,
  type GenerateRequest,
  type ModelSummary,
  type PictureToolResult,
} from '../sidecar/protocol';
import { newSeed } from './ask-value';
import { durationText } from './duration-text';
import { buildRequest, parseGenerateOptions, type GenerateOptions } from './generate-options';
import { askForPrompt, chooseWord, type Histories } from './generate-prompt';
import type { ImageExport } from './export-image';
import type { FinishedRun, Generation } from './generation';
import { setContextKey } from './context-keys';
import type { Log } from './log';
import { chosenModel, listModels, requestedModel, requestedTextEncoder } from './model-list';
import { readRunDocument } from './run-document';
import { savesPicture, type KeptRun, type RunKeeper } from './run-keeper';
import type { RunQueue } from './run-queue';
import type { RunStore } from './run-store';
import { repeatedFields, summaryOf, type RepeatableSettings } from '../sidecar/trace-file/run-summary';
import { PromptHistory } from './prompt-history';
import type { TypedReading } from './prompt-words';
import { errorMessage } from './error-message';
import { reportError, UserError } from './report-error';
import { RequestRefusedError } from './request-refused-error';
import type { RepeatableRun, RunUnderWay } from './run-under-way';
import { askForChoices, summarizeChoices, type ChoiceContext } from './session-choices';
import { selectModel } from './select-model';
import { readSettings, type SessionChoices, type StudioSettings } from './settings';
import type { SidecarClient } from './sidecar-client';
import type { StepThroughPanel } from './step-through-panel';
import { showInformation, showWarning } from './window/notifications';

/** The result of the command `ziparStudio.generate`, for its caller. */
export interface GenerateResult {
  readonly runId: number;
  readonly state: FinishedRun['ended']['state'];
  readonly seed: number;
  readonly steps: number;
  /** URI of the exported picture, if it was exported. */
  readonly image?: string;
  /** URI of the file that keeps the run, if it could be kept. */
  readonly file?: string;
}

/** What to draw, and its name in messages. */
interface Subject {
  readonly condition: Condition;
  readonly title: string;
  /** Whether the user chose another model in the dialog. It is then the one of the settings. */
  readonly hasOtherModel: boolean;
}

/** The choices of the second quick pick. The user may change them while the first one is open. */
interface Chosen {
  choices: SessionChoices;
}

/** What the quick picks show at first. */
interface Beginning {
  readonly prompt: string;
  readonly chosen: Chosen;
  /** Why the same prompt was refused a moment ago. */
  readonly refusal?: string;
}

/** The parts of the window that work together when an image is made. */
interface GenerationParts {
  readonly context: ExtensionContext;
  readonly log: Log;
  readonly client: SidecarClient;
  readonly panel: StepThroughPanel;
  readonly generation: Generation;
  readonly imageExport: ImageExport;
  readonly keeper: RunKeeper;
  readonly queue: RunQueue;
  readonly store: RunStore;
  readonly runUnderWay: RunUnderWay;
  /** Seed of the image on screen; undefined when there is none. */
  shownSeed(): number | undefined;
}

/** Makes an image for the command: asks for the prompt, shows the run while it goes on, and saves the result. */
export class GenerateImage {
  private readonly histories: Histories;
  /** An empty prompt, with the choices of the session. */
  private readonly usual: Beginning = { prompt: '', chosen: { choices: {} } };

  constructor(private readonly studio: GenerationParts) {
    const { globalState } = studio.context;
    this.histories = {
      prompts: new PromptHistory(globalState, 'ziparStudio.promptHistory'),
      classes: new PromptHistory(globalState, 'ziparStudio.classHistory'),
    };
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
    const { client, imageExport, keeper, panel } = this.studio;
    await imageExport.check();
    const settings = readSettings();
    const decoders = await client.decoders();
    const model = await this.modelFor(fields.model ?? requestedModel(settings), settings, {});
    const request = this.request({ condition }, settings, { fields }, { decoders, model }, {});
    const run: RepeatableRun = { request, title: titleOf(condition, undefined) };
    const subscription = token.onCancellationRequested(() => {
      this.cancel(run);
    });
    try {
      const finished = await this.studio.queue.add(run, () =>
        this.studio.runUnderWay.during(run, () => this.generate(run)),
      );
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

  /** Cancels a run that waits in line, or that is being made. */
  private cancel(run: RepeatableRun): void {
    const { queue, generation } = this.studio;
    const waiting = queue.waiting.find((queued) => queued.run === run);
    if (waiting) queue.remove(waiting.id);
    else if (queue.current?.run === run) generation.cancel();
  }

  /**
   * Makes an image with the settings of another: the same one, or another with what is changed.
   * @returns the file that keeps a finished image; undefined when it was not finished, or could not be kept
   */
  async again(
    settings: RepeatableSettings,
    changes: Omit<GenerateRequest, 'condition'> = {},
  ): Promise<Uri | undefined> {
    const fields = { ...(await this.fieldsOf(settings)), ...changes };
    const { condition } = settings;
    if (condition.kind === 'caption') await requireCaption(condition.file);
    const result = await this.runWith({ condition, fields }, 1, this.usual);
    return result?.state === 'complete' && result.file !== undefined ? Uri.parse(result.file) : undefined;
  }

  /** Asks what to draw, with the prompt and the settings of another image to begin with. */
  async like(settings: RepeatableSettings): Promise<void> {
    const fields = await this.fieldsOf(settings);
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
        : await this.askForSubject(options.fields.model, beginning);
      if (!subject) return undefined;
      const { condition } = subject;
      if (condition.kind === 'prompt') void this.histories.prompts.add(condition.prompt);
      try {
        return await this.makeAll(subject, options, count, beginning.chosen);
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
    { fields: wanted }: Pick<GenerateOptions, 'fields'>,
    count: number | undefined,
    { choices }: Chosen,
  ): Promise<GenerateResult | undefined> {
    const settings = readSettings();
    const { model, ...others } = wanted;
    const fields: GenerateOptions['fields'] = subject.hasOtherModel || model === undefined ? others : wanted;
    const decoders = await this.studio.client.decoders();
    const described = await this.modelFor(
      (subject.hasOtherModel ? undefined : model) ?? requestedModel(settings),
      settings,
      choices,
    );
    const first = this.request(subject, settings, { fields }, { decoders, model: described }, choices);
    const isFixed = isSeedFixed({ fields }, settings, choices);
    const requests = Array.from({ length: count ?? choices.count ?? 1 }, (_, i) =>
      i === 0 ? first : { ...first, seed: isFixed ? followingSeed(first, i) : newSeed() },
    );
    const [result] = await Promise.all(
      requests.map((request) => this.enqueue({ request, title: subject.title })),
    );
    return result;
  }

  /** The fields of a request with an image's settings. @throws UserError when its model is not here */
  private async fieldsOf(settings: RepeatableSettings): Promise<Omit<GenerateRequest, 'condition'>> {
    const request = repeatedFields(settings, await this.studio.client.decoders());
    const models = await listModels(this.studio.client, readSettings(), this.studio.log);
    const model = models.find(({ name }) => name === settings.model);
    if (model) return { ...request, model: model.folder };
    throw new UserError(
      l10n.t('The model {0} that made this image is not here. Add it with ZipAR: Add Model.', settings.model),
    );
  }

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
      ? repeatedFields({ ...summary, condition }, await this.studio.client.decoders())
      : await this.fieldsOf({ ...summary, condition });
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
    await this.enqueue({ request, title: titleOf(condition, undefined) });
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
    if (answer === again) await this.enqueue(run);
  }

  private async enqueue(run: RepeatableRun): Promise<GenerateResult | undefined> {
    return this.studio.queue.add(run, () => this.make(run));
  }

  private async make(run: RepeatableRun): Promise<GenerateResult | undefined> {
    return this.studio.runUnderWay.during(run, async () => {
      const began = performance.now();
      const finished = await this.generate(run);
      const result = finished && (await this.result(finished, run.request));
      if (finished?.ended.state === 'complete') tellDone(run.title, performance.now() - began);
      return result;
    });
  }

  private async result(finished: FinishedRun, request: GenerateRequest): Promise<GenerateResult> {
    const { run, ended } = finished;
    const kept = await this.tryKeep(finished, request);
    if (kept && request.resume !== undefined) await this.studio.store.forget(request.resume);
    return {
      runId: run.runId,
      state: ended.state,
      seed: run.settings.seed,
      steps: ended.steps,
      ...(kept?.isExported === true && { image: kept.file.toString() }),
      ...(kept && { file: kept.file.toString() }),
    };
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

  private async askForSubject(
    model: string | undefined,
    { prompt, chosen, refusal }: Beginning,
  ): Promise<Subject | undefined> {
    let value = prompt;
    let reason = refusal;
    let hasOtherModel = false;
    let context = this.choiceContext(model ?? requestedModel(readSettings()));
    for (;;) {
      const isSeedKept =
        (chosen.choices.seed ?? readSettings().generation.seed ?? ('random' as const)) !== 'random';
      const known = context.then((found) => found.model);
      const summary = context.then((found) => summarizeChoices(chosen.choices, found));
      const answer = await askForPrompt(
        { value, refusal: reason, isSeedKept },
        { model: known, summary, read: (text, found) => this.readPrompt(text, found) },
        this.histories,
      );
      if (answer.kind === 'dismissed') return undefined;
      if (answer.kind === 'condition') {
        const { condition } = answer;
        // Classes are offered once the model is known. Only a prompt may come earlier, and a prompt is its own title.
        const title = titleOf(condition, condition.kind === 'class' ? await known : undefined);
        return { condition, title, hasOtherModel };
      }
      value = answer.value;
      reason = undefined;
      if (answer.kind === 'words') value = withWord(value, await chooseWord((await known)?.words ?? []));
      else if (answer.kind === 'seed')
        chosen.choices = {
          ...chosen.choices,
          seed: isSeedKept ? 'random' : (this.studio.shownSeed() ?? newSeed()),
        };
      else {
        const before = await context;
        const changed = await askForChoices(chosen.choices, before);
        if (changed.choices !== chosen.choices) setContextKey('choicesMade', true);
        chosen.choices = changed.choices;
        hasOtherModel ||= changed.context !== before;
        context = Promise.resolve(changed.context);
      }
    }
  }

  /** What the user can choose from. @param wanted the model; empty: the one that ships */
  private async choiceContext(wanted: string): Promise<ChoiceContext> {
    const settings = readSettings();
    const models = await listModels(this.studio.client, settings, this.studio.log);
    const model = chosenModel(models, wanted);
    const context: ChoiceContext = {
      settings: settings.generation,
      decoders: await this.studio.client.decoders(),
      model,
      shownSeed: this.studio.shownSeed(),
      chooseModel: async () => {
        const isChosen = await selectModel(models, model);
        return isChosen ? this.choiceContext(requestedModel(readSettings())) : context;
      },
      countSteps: (choices, counted) => this.countSteps(choices, counted),
    };
    return context;
  }

  private async readPrompt(prompt: string, { folder }: ModelSummary): Promise<TypedReading> {
    const connection = await this.studio.client.connection();
    const reading = await connection.request({ type: 'read-prompt', model: folder, prompt });
    return { ...reading, prompt };
  }

  private async countSteps(...[choices, { grid, defaults }]: Parameters<ChoiceContext['countSteps']>) {
    const connection = await this.studio.client.connection();
    return connection.request({ type: 'count-steps', grid, modelWindow: defaults.window, choices });
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

  /** What the sidecar says of the model, if a choice rests on it. The first answer may take a while. */
  private async modelFor(
    wanted: string,
    settings: StudioSettings,
    { grid, suffix, negative }: SessionChoices,
  ): Promise<ModelSummary | undefined> {
    const { suffix: usualSuffix, negative: usualNegative } = settings.generation;
    const rests = [grid, suffix, negative, usualSuffix, usualNegative].some((choice) => choice !== undefined);
    return rests
      ? chosenModel(await listModels(this.studio.client, settings, this.studio.log), wanted)
      : undefined;
  }

  private request(
    { condition }: Pick<Subject, 'condition'>,
    settings: StudioSettings,
    options: Pick<GenerateOptions, 'fields'>,
    {
      decoders,
      model,
    }: {
      readonly decoders: readonly DecoderDescription[];
      readonly model: ModelSummary | undefined;
    },
    session: SessionChoices,
  ): GenerateRequest {
    return buildRequest({
      condition,
      model: requestedModel(settings),
      summary: model,
      textEncoder: requestedTextEncoder(settings),
      settings: settings.generation,
      session,
      fields: options.fields,
      decoders,
      randomSeed: newSeed,
    });
  }

  private async generate({ request, title }: RepeatableRun): Promise<FinishedRun | undefined> {
    const { generation, panel } = this.studio;
    const { condition } = request;
    panel.open(true);
    return generation.run(request, title, (run, notices) => {
      panel.showRun(run.runId);
      if (notices.length > 0) void showWarning(notices.join(' '));
      if (condition.kind === 'class') void this.histories.classes.add(String(condition.label));
    });
  }

  /** Keeps a run that is already made and on screen. A failure is reported and changes nothing else. */
  private async tryKeep(finished: FinishedRun, request: GenerateRequest): Promise<KeptRun | undefined> {
    try {
      const kept = await this.studio.keeper.keep(finished, request);
      if (kept) this.studio.panel.runKept(finished.run.runId, kept.file, kept.notice);
      return kept;
    } catch (error) {
      reportError(error, this.studio.log);
      return undefined;
    }
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

/** Says that a run of minutes is done: the user may be doing something else by then. */
function tellDone(title: string, ms: number): void {
  if (ms < LONG_RUN_MS) return;
  const open = l10n.t('Open Step-Through');
  void showInformation(l10n.t('{0}: the image is done after {1}.', title, durationText(ms)), open).then(
    (answer) => {
      if (answer === open) void commands.executeCommand('ziparStudio.openStepThrough');
    },
  );
}

function isSeedFixed(
  { fields }: Pick<GenerateOptions, 'fields'>,
  { generation }: StudioSettings,
  choices: SessionChoices,
): boolean {
  return (fields.seed ?? choices.seed ?? generation.seed ?? 'random') !== 'random';
}

/** A prompt with one more word at its end. */
function withWord(prompt: string, word: string | undefined): string {
  if (word === undefined) return prompt;
  return `${prompt.trimEnd()} ${word} `.trimStart();
}

/** The seed of an image that follows another with a fixed seed. */
function followingSeed({ seed = 0 }: GenerateRequest, by: number): number {
  return (seed + by) % 2 ** 32;
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

/** Title of what is drawn. @param model gives the usual name of a class; undefined while the model is unknown */
export function titleOf(condition: Condition, model: ModelSummary | undefined): string {
  switch (condition.kind) {
    case 'prompt':
      return condition.prompt;
    case 'class':
      return model?.classNames[condition.label]?.split(', ')[0] ?? l10n.t('class {0}', condition.label);
    case 'caption':
      return condition.file;
  }
}
