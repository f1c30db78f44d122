import type { RunDecoder, RunDescription, RunSettings } from '../sidecar/protocol';

/** What a run draws, as a title. */
export function conditionText({ condition, className }: RunSettings): string {
  switch (condition.kind) {
    case 'prompt':
      return condition.prompt;
    case 'class':
      return className === undefined ? `Class ${condition.label}` : `${className} (class ${condition.label})`;
    case 'caption':
      return `Caption ${condition.file.split(/[\\/]/).at(-1) ?? ''}`;
  }
}

/** How a run is decoded and computed, in parts for one line: "ZipAR, window 4". */
export function settingsText({ settings, decoder }: RunDescription): string[] {
  const { model, seed, provider, precision } = settings;
  const computed = precision === 'stored' ? provider : `${provider}, ${precision}`;
  return [model, decoderText(decoder), `seed ${seed}`, computed];
}

function decoderText({ label, detail }: RunDecoder): string {
  return detail === '' ? label.toLowerCase() : `${label}, ${detail}`;
}
