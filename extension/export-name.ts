import type { RunSettings } from '../sidecar/protocol';

const MAX_PROMPT = 48;
const MAX_NAME = 120;
const VARIABLES = ['date', 'time', 'seed', 'prompt', 'model', 'decoder', 'window'] as const;

export type ExportName =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'unknown-variable'; readonly variable: string; readonly known: readonly string[] };

/**
 * File name of an exported picture, extension included, from a template such as `${date}-${seed}-${prompt}`.
 * Whatever comes out can be a file name on Windows, macOS and Linux. `when` is taken in local time.
 */
export function exportName(
  template: string,
  run: Pick<RunSettings, 'condition' | 'className' | 'seed' | 'model' | 'decoder' | 'decoderSettings'>,
  when: Date,
): ExportName {
  const values: Record<(typeof VARIABLES)[number], string> = {
    date: `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())}`,
    time: `${two(when.getHours())}${two(when.getMinutes())}${two(when.getSeconds())}`,
    seed: String(run.seed),
    prompt: conditionSlug(run),
    model: slug(run.model, MAX_PROMPT),
    decoder: run.decoder,
    window: String(run.decoderSettings.window ?? ''),
  };
  const unknown = [...template.matchAll(/\$\{([^}]*)\}/g)]
    .map((match) => match[1] ?? '')
    .find((variable) => !Object.hasOwn(values, variable));
  if (unknown !== undefined) return { kind: 'unknown-variable', variable: unknown, known: VARIABLES };
  const filled = template.replace(/\$\{([^}]*)\}/g, (_, name: keyof typeof values) => values[name]);
  return { kind: 'name', name: `${fileStem(filled)}.png` };
}

/** `picture.png`, `picture-2.png`, `picture-3.png` … */
export function numbered(name: string, attempt: number): string {
  return attempt === 1 ? name : name.replace(/(\.[^.]*)?$/, `-${attempt}$1`);
}

/** Lower-case ASCII words joined by hyphens, cut between words where possible. */
export function slug(text: string, maxLength: number): string {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  if (plain.length <= maxLength) return plain;
  const lastHyphen = plain.slice(0, maxLength + 1).lastIndexOf('-');
  return plain.slice(0, lastHyphen > 0 ? lastHyphen : maxLength);
}

function conditionSlug({ condition, className }: Pick<RunSettings, 'condition' | 'className'>): string {
  switch (condition.kind) {
    case 'prompt':
      return slug(condition.prompt, MAX_PROMPT);
    case 'class':
      return slug(`class ${condition.label} ${className ?? ''}`, MAX_PROMPT);
    case 'caption':
      return slug(condition.file.replace(/^.*[\\/]/, '').replace(/\.safetensors$/i, ''), MAX_PROMPT);
  }
}

function fileStem(text: string): string {
  const stem = text
    .replace(/\.png$/i, '')
    .replace(/[<>:"/\\|?*\u0000-\u001f\u007f]+/g, '-')
    .slice(0, MAX_NAME)
    .replace(/^[-. ]+|[-. ]+$/g, '');
  if (stem === '') return 'image';
  return /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i.test(stem) ? `image-${stem}` : stem;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
