import { randomInt } from 'node:crypto';
import { commands, l10n, workspace, type ExtensionContext } from 'vscode';
import type { Condition, DecoderDescription, GenerateRequest, ModelSummary } from '../sidecar/protocol';
import { buildRequest, parseGenerateOptions, type GenerateOptions } from './generate-options';
import { askForPrompt, type Histories } from './generate-prompt';
import { announceSaved, type ImageExport } from './export-image';
import type { FinishedRun, Generation } from './generation';
import type { Log } from './log';
import { chosenModel, listModels, requestedModel, requestedTextEncoder } from './model-list';
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
}

/** What to draw, and its name in messages. */
interface Subject {
  readonly condition: Condition;
  readonly title: string;
}

/** The parts of the window that work together when an image is made. */
interface GenerationParts {
  readonly context: ExtensionContext;
  readonly log: Log;
  readonly client: SidecarClient;
  readonly panel: StepThroughPanel;
  readonly generation: Generation;
  readonly imageExport: ImageExport;
  readonly runUnderWay: RunUnderWay;
}

/** Makes an image for the command: asks for the prompt, shows the run while it goes on, and saves the result. */
export class GenerateImage {
  private readonly histories: Histories;
  private choices: SessionChoices = {};

  constructor(private readonly studio: GenerationParts) {
    const { globalState } = studio.context;
    this.histories = {
      prompts: new PromptHistory(globalState, 'ziparStudio.promptHistory'),
      classes: new PromptHistory(globalState, 'ziparStudio.classHistory'),
    };
  }

  /** Makes one image. Undefined when the user cancels before the run begins. */
  async run(argument: unknown): Promise<GenerateResult | undefined> {
    const options = await this.readOptions(argument);
    if (await this.isBusy()) return undefined;
    if (savesPicture(options.fields) && !(await this.canSave())) return undefined;
    const settings = readSettings();
    const subject = options.condition
      ? { condition: options.condition, title: titleOf(options.condition, undefined) }
      : await this.askForSubject(settings);
    if (!subject) return undefined;
    const decoders = await this.decoders();
    // Another generation may have begun while the prompt was open.
    if (await this.isBusy()) return undefined;
    const request = this.request(subject, settings, options, decoders);
    return this.make({ request, title: subject.title });
  }

  /** Says that a reload interrupted a run, and offers to make the same picture again. */
  async tellInterrupted(run: RepeatableRun): Promise<void> {
    const again = l10n.t('Generate Again');
    if ((await showWarning(interruption(run), again)) !== again) return;
    if (await this.isBusy()) return;
    await this.make(run);
  }

  private async make(run: RepeatableRun): Promise<GenerateResult | undefined> {
    return this.studio.runUnderWay.during(run, async () => {
      const finished = await this.generate(run);
      return finished && this.result(finished, run.request);
    });
  }

  private async result(finished: FinishedRun, request: GenerateRequest): Promise<GenerateResult> {
    const { run, ended } = finished;
    const image = ended.state === 'complete' ? await this.trySave(finished, request) : undefined;
    return {
      runId: run.runId,
      state: ended.state,
      seed: run.settings.seed,
      steps: ended.steps,
      ...(image === undefined ? {} : { image }),
    };
  }

  private async isBusy(): Promise<boolean> {
    if (!this.studio.generation.progress) return false;
    const cancel = l10n.t('Cancel Generation');
    const message = l10n.t('An image is being generated already; wait for it or cancel it.');
    if ((await showWarning(message, cancel)) === cancel) this.studio.generation.cancel();
    return true;
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

  private async askForSubject(settings: StudioSettings): Promise<Subject | undefined> {
    const models = listModels(this.studio.client, settings, this.studio.log);
    const model = models.then((found) => chosenModel(found, requestedModel(settings)));
    const context = model.then(async (known): Promise<ChoiceContext> => ({
      settings: settings.generation,
      decoders: await this.decoders(),
      model: known,
      countSteps: (choices, counted) => this.countSteps(choices, counted),
    }));
    let value = '';
    for (;;) {
      const summary = context.then((known) => summarizeChoices(this.choices, known));
      const answer = await askForPrompt(value, summary, model, this.histories);
      if (answer.kind === 'dismissed') return undefined;
      if (answer.kind === 'condition') {
        const { condition } = answer;
        // Classes are offered once the model is known. Only a prompt may come earlier, and a prompt is its own title.
        return { condition, title: titleOf(condition, condition.kind === 'class' ? await model : undefined) };
      }
      value = answer.value;
      this.choices = await askForChoices(this.choices, await context);
    }
  }

  /** The sidecar's table of decoders. Starts the sidecar if none is running. */
  private async decoders(): Promise<readonly DecoderDescription[]> {
    const { hello } = await this.studio.client.connection();
    return hello.capabilities.decoders;
  }

  private async countSteps(...[choices, { grid, defaults }]: Parameters<ChoiceContext['countSteps']>) {
    const connection = await this.studio.client.connection();
    return connection.request({ type: 'count-steps', grid, modelWindow: defaults.window, choices });
  }

  private async readOptions(argument: unknown): Promise<GenerateOptions> {
    // Without an argument, the quick pick appears at once, while the sidecar may still be starting.
    const hasArgument = typeof argument === 'object' && argument !== null;
    const parsed = parseGenerateOptions(argument, hasArgument ? await this.decoders() : []);
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
    options: GenerateOptions,
    decoders: readonly DecoderDescription[],
  ): GenerateRequest {
    return buildRequest({
      condition,
      model: requestedModel(settings),
      textEncoder: requestedTextEncoder(settings),
      settings: settings.generation,
      session: this.choices,
      fields: options.fields,
      decoders,
      randomSeed: () => randomInt(2 ** 32),
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

  /** Saves a picture that is already made and on screen. A failure is reported and changes nothing else. */
  private async trySave(finished: FinishedRun, request: GenerateRequest): Promise<string | undefined> {
    try {
      return await this.save(finished, request);
    } catch (error) {
      reportError(error, this.studio.log);
      return undefined;
    }
  }

  /** Saves without asking, so it saves only if a folder is open. Without one, the user can export the picture. */
  private async save({ run }: FinishedRun, request: GenerateRequest): Promise<string | undefined> {
    if (run.patch === 0 || !savesPicture(request)) return undefined;
    const file = await this.studio.imageExport.export(run);
    if (!file) return undefined;
    announceSaved(file);
    return file.toString();
  }
}

/** Text that says that a reload interrupted a run. */
export function interruption({ title }: RepeatableRun): string {
  return l10n.t(
    'The window was reloaded or closed while “{0}” was being generated: it was not finished.',
    title,
  );
}

/** Whether the picture is saved without asking. */
function savesPicture({ tokensOnly }: Pick<GenerateRequest, 'tokensOnly'>): boolean {
  return tokensOnly !== true && readSettings().exportAuto && workspace.workspaceFolders !== undefined;
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
