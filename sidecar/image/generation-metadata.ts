import { version } from '../../package.json';
import type { RunDecoder, RunDescription, RunSettings } from '../protocol';
import type { PngText } from './png';

/**
 * What a picture says about its making, as PNG texts: `parameters` in the form that AUTOMATIC1111's web UI introduced
 * and other tools read, and `zipar` with everything needed to make the picture again, as JSON.
 *
 * @param steps forward passes taken
 */
export function generationText(run: RunDescription, steps: number): readonly PngText[] {
  return [
    ['parameters', parametersText(run, steps)],
    ['zipar', JSON.stringify(ziparMetadata(run, steps))],
  ];
}

/** Prompt on the first line, "name: value" pairs on the last. */
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

/** On one line, so that no prompt can pass for parameters. */
function describeCondition({ condition, className }: RunSettings): string {
  switch (condition.kind) {
    case 'prompt':
      return withoutControls(condition.prompt).replace(/\s+/g, ' ').trim();
    case 'class':
      return `class ${condition.label}${className === undefined ? '' : `, ${className}`}`;
    case 'caption':
      return `caption ${withoutControls(fileName(condition.file))}`;
  }
}

/** As the web UI quotes values that its own parser would cut apart. */
function quoteValue(value: string): string {
  return /[,:"\p{Cc}]/u.test(value) ? JSON.stringify(value) : value;
}

function withoutControls(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}

/** A picture is passed on; where its maker keeps files is nobody's business. */
function fileName(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}

function ziparMetadata({ settings, grid, rasterSteps }: RunDescription, steps: number): object {
  return {
    format: 'zipar-studio',
    version,
    model: settings.model,
    ...conditionFields(settings),
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
  };
}

function conditionFields({ condition, className }: RunSettings): object {
  switch (condition.kind) {
    case 'prompt':
      return { prompt: condition.prompt };
    case 'class':
      return { class: condition.label, ...(className !== undefined && { className }) };
    case 'caption':
      return { caption: fileName(condition.file) };
  }
}
