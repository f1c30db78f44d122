import type { RunSettings } from '../sidecar/protocol';

const MAX_PROMPT = 48;
/**
 * Length limit of a name without its ending, in bytes. File systems take names of 255 bytes, and encrypted ones at times only
 * 143. `.png` is added to this part, and a number if the name is taken.
 */
const MAX_STEM_BYTES = 120;
const VARIABLES = ['date', 'time', 'seed', 'prompt', 'model', 'decoder', 'window'] as const;

export type ExportName =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'unknown-variable'; readonly variable: string; readonly known: readonly string[] };

/**
 * Makes the file name of an exported picture, with its ending, from a template such as `${date}-${seed}-${prompt}`. The name is
 * valid on Windows, macOS and Linux. `when` is shown in local time.
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
  return { kind: 'name', name: `${fileStem(filled.replace(/\.png$/i, ''), 'image')}.png` };
}

/** Adds a number to a file name: `picture.png`, `picture-2.png`, `picture-3.png` … */
export function numbered(name: string, attempt: number): string {
  return attempt === 1 ? name : name.replace(/(\.[^.]*)?$/, `-${attempt}$1`);
}

/** Joins lower-case ASCII words with hyphens. A long text is cut between words where possible. */
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

/** Names of devices on Windows, with any file ending. `COM¹` is such a name. */
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\.|$)/i;

/** Makes a file name without ending from a text. It is valid on every system; `otherwise` is used if nothing is left. */
export function fileStem(text: string, otherwise: string): string {
  const plain = text.replace(/[<>:"/\\|?*\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, '-');
  // Windows drops dots and spaces at the end. On other systems a dot at the start hides the file.
  const stem = cutToBytes(plain, MAX_STEM_BYTES).replace(/^[-. ]+|[-. ]+$/g, '');
  if (stem === '') return otherwise;
  return DEVICE.test(stem) ? `${otherwise}-${stem}` : stem;
}

/** Cuts a text between visible characters: never between a letter and its accent, or inside an emoji. */
function cutToBytes(text: string, most: number): string {
  let bytes = 0;
  for (const { segment, index } of new Intl.Segmenter().segment(text)) {
    bytes += Buffer.byteLength(segment);
    if (bytes > most) return text.slice(0, index);
  }
  return text;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
