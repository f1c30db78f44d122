import { l10n } from 'vscode';
import type { GenerateRequest, ModelSummary } from '../sidecar/protocol';
import { repeatedFields, type RepeatableSettings } from '../sidecar/trace-file/run-summary';
import { newSeed } from './ask-value';
import { buildRequest, type GenerateOptions } from './generate-options';
import type { Log } from './log';
import { chosenModel, listModels, requestedModel, requestedTextEncoder } from './model-list';
import { UserError } from './report-error';
import { readSettings, type SessionChoices, type StudioSettings } from './settings';
import type { SidecarClient } from './sidecar-client';
import type { Subject } from './subject';

/** Makes the requests for images from options, settings and the choices of the session. */
export class ImageRequests {
  constructor(
    private readonly client: SidecarClient,
    private readonly log: Log,
  ) {}

  /**
   * The requests for some images of one subject. If the user fixed the seed, each has the seed after the one before.
   * @param count how many; undefined: as the session's choices say
   */
  async forSubject(
    subject: Subject,
    { fields: wanted }: Pick<GenerateOptions, 'fields'>,
    count: number | undefined,
    choices: SessionChoices,
  ): Promise<readonly GenerateRequest[]> {
    const { model, ...others } = wanted;
    const fields = subject.hasOtherModel || model === undefined ? others : wanted;
    const first = await this.of(subject, fields, choices);
    const isFixed = isSeedFixed({ fields }, readSettings(), choices);
    return Array.from({ length: count ?? choices.count ?? 1 }, (_, i) =>
      i === 0 ? first : { ...first, seed: isFixed ? followingSeed(first, i) : newSeed() },
    );
  }

  /** The request for one image. */
  async of(
    { condition }: Pick<Subject, 'condition'>,
    fields: GenerateOptions['fields'],
    session: SessionChoices,
  ): Promise<GenerateRequest> {
    const settings = readSettings();
    const decoders = await this.client.decoders();
    const summary = await this.modelFor(fields.model ?? requestedModel(settings), settings, session);
    return buildRequest({
      condition,
      model: requestedModel(settings),
      summary,
      textEncoder: requestedTextEncoder(settings),
      settings: settings.generation,
      session,
      fields,
      decoders,
      randomSeed: newSeed,
    });
  }

  /** The fields of a request with an image's settings. @throws UserError when its model is not here */
  async repeating(settings: RepeatableSettings): Promise<Omit<GenerateRequest, 'condition'>> {
    const request = repeatedFields(settings, await this.client.decoders());
    const models = await listModels(this.client, readSettings(), this.log);
    const model = models.find(({ name }) => name === settings.model);
    if (model) return { ...request, model: model.folder };
    throw new UserError(
      l10n.t('The model {0} that made this image is not here. Add it with ZipAR: Add Model.', settings.model),
    );
  }

  /** What the sidecar says of the model, if a choice rests on it. The first answer may take a while. */
  private async modelFor(
    wanted: string,
    settings: StudioSettings,
    { grid, suffix, negative }: SessionChoices,
  ): Promise<ModelSummary | undefined> {
    const { suffix: usualSuffix, negative: usualNegative } = settings.generation;
    const rests = [grid, suffix, negative, usualSuffix, usualNegative].some((choice) => choice !== undefined);
    return rests ? chosenModel(await listModels(this.client, settings, this.log), wanted) : undefined;
  }
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
