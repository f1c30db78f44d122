import { randomInt } from 'node:crypto';
import { commands, l10n, Uri, workspace, type ExtensionContext } from 'vscode';
import type { Condition, DecoderDescription, GenerateRequest, ModelSummary } from '../sidecar/protocol';
import { buildRequest, parseGenerateOptions, type GenerateOptions } from './generate-options';
import { askForPrompt, type Histories } from './generate-prompt';
import type { ImageExport } from './export-image';
import type { FinishedRun, Generation } from './generation';
import type { Log } from './log';
import { chosenModel, listModels, requestedModel, requestedTextEncoder } from './model-list';
import { savesPicture, type KeptRun, type RunKeeper } from './run-keeper';
import type { RunQueue } from './run-queue';
import { repeatedFields, type RepeatableSettings } from '../sidecar/trace-file/run-summary';
import { PromptHistory } from './prompt-history';
import { reportError, UserError } from './report-error';
import type { RepeatableRun, RunUnderWay } from './run-under-way';
import { askForChoices, summarizeChoices, type ChoiceContext } from './session-choices';
import { readSettings, type SessionChoices, type StudioSettings } from './settings';
import type { SidecarClient } from './sidecar-client';
import type { StepThroughPanel } from './step-through-panel';
import { showWarning } from './window/notifications';

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
}

/** The choices of the second quick pick. The user may change them while the first one is open. */
interface Chosen {
  choices: SessionChoices;
}

/** What the quick picks show at first. */
interface Beginning {
  readonly prompt: string;
  readonly chosen: Chosen;
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
  readonly runUnderWay: RunUnderWay;
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
    const { model, decoder, decoderSettings, seed, guidance, ...others } = await this.fieldsOf(settings);
    const { condition } = settings;
    const choices = {
      ...(decoder !== undefined && { decoder }),
      ...(decoderSettings !== undefined && { decoderSettings }),
      ...(seed !== undefined && { seed }),
      ...(guidance !== undefined && { guidance }),
    };
    await this.runWith(
      { condition: undefined, fields: { ...others, ...(model !== undefined && { model }) } },
      undefined,
      { prompt: condition.kind === 'prompt' ? condition.prompt : '', chosen: { choices } },
    );
  }

  private async runWith(
    options: Pick<GenerateOptions, 'condition' | 'fields'>,
    count: number | undefined,
    { prompt, chosen }: Beginning,
  ): Promise<GenerateResult | undefined> {
    if (savesPicture(options.fields) && !(await this.canSave())) return undefined;
    const settings = readSettings();
    const subject = options.condition
      ? { condition: options.condition, title: titleOf(options.condition, undefined) }
      : await this.askForSubject(settings, options.fields.model ?? requestedModel(settings), prompt, chosen);
    if (!subject) return undefined;
    const decoders = await this.studio.client.decoders();
    const images = count ?? chosen.choices.count ?? 1;
    const first = this.request(subject, settings, options, decoders, chosen.choices);
    const requests = Array.from({ length: images }, (_, i) =>
      i === 0
        ? first
        : {
            ...first,
            seed: isSeedFixed(options, settings, chosen.choices) ? followingSeed(first, i) : randomSeed(),
          },
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

  /** Says that a reload interrupted a run, and offers to make the same picture again. */
  async tellInterrupted(run: RepeatableRun): Promise<void> {
    const again = l10n.t('Generate Again');
    if ((await showWarning(interruption(run), again)) !== again) return;
    await this.enqueue(run);
  }

  private async enqueue(run: RepeatableRun): Promise<GenerateResult | undefined> {
    return this.studio.queue.add(run, () => this.make(run));
  }

  private async make(run: RepeatableRun): Promise<GenerateResult | undefined> {
    return this.studio.runUnderWay.during(run, async () => {
      const finished = await this.generate(run);
      return finished && this.result(finished, run.request);
    });
  }

  private async result(finished: FinishedRun, request: GenerateRequest): Promise<GenerateResult> {
    const { run, ended } = finished;
    const kept = await this.tryKeep(finished, request);
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
    settings: StudioSettings,
    wanted: string,
    prompt: string,
    chosen: Chosen,
  ): Promise<Subject | undefined> {
    const models = listModels(this.studio.client, settings, this.studio.log);
    const model = models.then((found) => chosenModel(found, wanted));
    const context = model.then(async (known): Promise<ChoiceContext> => ({
      settings: settings.generation,
      decoders: await this.studio.client.decoders(),
      model: known,
      countSteps: (choices, counted) => this.countSteps(choices, counted),
    }));
    let value = prompt;
    for (;;) {
      const summary = context.then((known) => summarizeChoices(chosen.choices, known));
      const answer = await askForPrompt(value, summary, model, this.histories);
      if (answer.kind === 'dismissed') return undefined;
      if (answer.kind === 'condition') {
        const { condition } = answer;
        // Classes are offered once the model is known. Only a prompt may come earlier, and a prompt is its own title.
        return { condition, title: titleOf(condition, condition.kind === 'class' ? await model : undefined) };
      }
      value = answer.value;
      chosen.choices = await askForChoices(chosen.choices, await context);
    }
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

  private request(
    { condition }: Subject,
    settings: StudioSettings,
    options: Pick<GenerateOptions, 'fields'>,
    decoders: readonly DecoderDescription[],
    session: SessionChoices,
  ): GenerateRequest {
    return buildRequest({
      condition,
      model: requestedModel(settings),
      textEncoder: requestedTextEncoder(settings),
      settings: settings.generation,
      session,
      fields: options.fields,
      decoders,
      randomSeed,
    });
  }

  private async generate({ request, title }: RepeatableRun): Promise<FinishedRun | undefined> {
    const { generation, panel } = this.studio;
    const { condition } = request;
    panel.open(true);
    return generation.run(request, l10n.t('Generating “{0}”', title), (run, notices) => {
      panel.showRun(run.runId);
      if (notices.length > 0) void showWarning(notices.join(' '));
      if (condition.kind === 'prompt') void this.histories.prompts.add(condition.prompt);
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

function randomSeed(): number {
  return randomInt(2 ** 32);
}

function isSeedFixed(
  { fields }: Pick<GenerateOptions, 'fields'>,
  { generation }: StudioSettings,
  choices: SessionChoices,
): boolean {
  return (fields.seed ?? choices.seed ?? generation.seed ?? 'random') !== 'random';
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
function titleOf(condition: Condition, model: ModelSummary | undefined): string {
  switch (condition.kind) {
    case 'prompt':
      return condition.prompt;
    case 'class':
      return model?.classNames[condition.label]?.split(', ')[0] ?? l10n.t('class {0}', condition.label);
    case 'caption':
      return condition.file;
  }
}
