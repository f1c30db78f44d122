import { version } from '../../package.json';
import type { RunDecoder, RunDescription, RunSettings } from '../protocol';
import type { PictureMetadata } from '../trace-file/png-summary';
import { withoutFolders, type RunOrigin, type RunRecord } from '../trace-file/run-record';
import type { PngText } from './png';

/** What the texts tell of a run. */
interface RecordedRun extends Pick<RunRecord, 'run' | 'origin' | 'ties' | 'branch' | 'notices'> {
  readonly snapshot: Pick<RunRecord['snapshot'], 'step'>;
}

/**
 * The PNG texts that say how a picture was made. `parameters` has the form that AUTOMATIC1111's web UI introduced and other
 * tools read. `zipar` is JSON with everything that is needed to make the picture again.
 */
export function generationText({
  run,
  origin,
  ties,
  branch,
  notices,
  snapshot: { step },
}: RecordedRun): readonly PngText[] {
  return [
    ['parameters', parametersText(run, step)],
    ['zipar', JSON.stringify(ziparMetadata(run, { steps: step, ties, branch, notices }, origin))],
  ];
}

/** Formats the parameters: the prompt on the first line, "name: value" pairs on the last. */
function parametersText(
  { settings, decoder, grid, patch, rasterSteps }: RunDescription,
  steps: number,
): string {
  const [rows, columns] = grid;
  const fields: readonly (readonly [string, string | number])[] = [
    ['Steps', steps],
    ['Sampler', describeDecoder(decoder)],
    ['CFG scale', settings.guidance],
    ['Seed', settings.seed],
    ...(patch > 0 ? [['Size', `${columns * patch}x${rows * patch}`] as const] : []),
    ['Model', settings.model],
    ...(settings.greedy
      ? [['Greedy', 'true'] as const]
      : [
          ['Temperature', settings.temperature] as const,
          ['Top-k', settings.topK] as const,
          ['Top-p', settings.topP] as const,
        ]),
    ...decoder.choices.map(({ label, value }) => [label, value] as const),
    ['Raster steps', rasterSteps],
    ['Grid', `${columns}x${rows}`],
    ['Provider', settings.provider],
    ...(settings.precision === 'stored' ? [] : [['Precision', settings.precision] as const]),
    ['Version', `ZipAR Studio ${version}`],
  ];
  return `${describeCondition(settings)}\n${fields.map(([name, value]) => `${name}: ${quoteValue(String(value))}`).join(', ')}`;
}

function describeDecoder({ label, detail }: RunDecoder): string {
  return detail === '' ? label : `${label} (${detail})`;
}

/** Describes the condition on one line, so that no prompt can look like parameters. */
function describeCondition({ condition, className }: RunSettings): string {
  switch (condition.kind) {
    case 'prompt':
      return withoutMeaning(withoutControls(condition.prompt).replace(/\s+/g, ' ').trim());
    case 'class':
      return `class ${condition.label}${className === undefined ? '' : `, ${className}`}`;
    case 'caption':
      return `caption ${withoutControls(fileName(condition.file))}`;
  }
}

/** A character without width. It separates words as a space does, and readers that strip spaces keep it. */
const ZERO_WIDTH_SPACE = '\u200b';

/**
 * Turns a line into plain text. Readers take a line with such a beginning for the negative prompt, or for the settings. A
 * zero-width space before it prevents that.
 */
function withoutMeaning(line: string): string {
  return /^(?:Negative prompt|Steps):/i.test(line) ? ZERO_WIDTH_SPACE + line : line;
}

/** Quotes a value as the web UI does, when the web UI's parser would cut the value apart. */
function quoteValue(value: string): string {
  return /[,:"\p{Cc}]/u.test(value) ? JSON.stringify(value) : value;
}

function withoutControls(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}

/**
 * The name of a file without its folder. Pictures are passed on, and other people must not learn where their maker keeps
 * files.
 */
function fileName(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}

/** Fields that are undefined are left out of the JSON. */
function ziparMetadata(
  { settings, grid, rasterSteps, start }: RunDescription,
  {
    steps,
    ties,
    branch,
    notices,
  }: { readonly steps: number } & Pick<RunRecord, 'ties' | 'branch' | 'notices'>,
  { noise, weights, madeAt }: RunOrigin,
): object {
  return {
    format: 'zipar-studio',
    version,
    model: settings.model,
    ...conditionFields(settings),
    suffix: settings.suffix,
    negative: settings.negative,
    seed: settings.seed,
    decoder: settings.decoder,
    ...settings.decoderSettings,
    guidance: settings.guidance,
    temperature: settings.temperature,
    topK: settings.topK,
    topP: settings.topP,
    greedy: settings.greedy,
    steps,
    rasterSteps,
    provider: settings.provider,
    precision: settings.precision,
    grid,
    noise,
    ties,
    weights: weights ?? undefined,
    created: new Date(madeAt).toISOString(),
    notices: notices.length > 0 ? notices.map(withoutFolders) : undefined,
    ...branchFields(branch),
    start,
  } satisfies PictureMetadata;
}

/** The parent of a branch, and what was changed. */
function branchFields(branch: RunRecord['branch']): PictureMetadata {
  if (!branch) return {};
  const { parent, ...changes } = branch;
  return { parent: { ...parent, file: fileName(parent.file) }, branch: changes };
}

function conditionFields({ condition, className }: RunSettings): PictureMetadata {
  switch (condition.kind) {
    case 'prompt':
      return { prompt: condition.prompt };
    case 'class':
      return { class: condition.label, className };
    case 'caption':
      return { caption: fileName(condition.file) };
  }
}
