import { workspace } from 'vscode';
import type { DecoderSettings, Precision, Provider, ProviderFailurePolicy } from '../sidecar/protocol';

/** The settings `ziparStudio.*`, as package.json declares them. Undefined stands for "the model's own value". */
export interface StudioSettings {
  readonly model: string;
  readonly modelFolders: readonly string[];
  readonly textEncoder: string;
  readonly generation: GenerationSettings;
  readonly exportFolder: string;
  readonly exportFileName: string;
  readonly exportAuto: boolean;
  readonly nodePath: string;
  readonly transport: 'auto' | 'relay';
}

/** All settings of a picture. */
export interface GenerationSettings {
  readonly decoder: string;
  /** Settings of decoders by name. */
  readonly decoderSettings?: DecoderSettings;
  readonly seed?: number;
  readonly guidance?: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly provider?: Provider;
  readonly onProviderFailure?: ProviderFailurePolicy;
  readonly precision?: Precision;
  /** Text after each prompt, for models that know a suffix. */
  readonly suffix?: string;
  /** What images shall not show, for models whose unconditional half is a prompt. */
  readonly negative?: string;
  readonly previewEveryMs?: number;
}

/** The choices of the second quick pick. They last for the session, and win over the settings. */
export interface SessionChoices {
  readonly decoder?: string;
  /** Settings of decoders by name. They stay while another decoder is chosen. */
  readonly decoderSettings?: DecoderSettings;
  readonly seed?: number | 'random';
  readonly guidance?: number;
  /** Another grid than the model's usual one, for the model of this name only. */
  readonly grid?: { readonly model: string; readonly sides: readonly [number, number] };
  readonly suffix?: string;
  readonly negative?: string;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  /** How many images to make. */
  readonly count?: number;
}

export function readSettings(): StudioSettings {
  return {
    model: read<string>('model').trim(),
    modelFolders: read<string[]>('modelFolders'),
    textEncoder: read<string>('textEncoder').trim(),
    generation: {
      decoder: read<string>('decoder'),
      decoderSettings: {
        lookahead: numberOrWord(read<string>('lookahead')),
        ...unlessNull('window', read<number | null>('window')),
      },
      provider: read<Provider>('provider'),
      onProviderFailure: read<ProviderFailurePolicy>('onProviderFailure'),
      precision: read<Precision>('precision'),
      previewEveryMs: read<number>('previewEveryMs'),
      ...unlessNull('seed', read<number | null>('seed')),
      ...unlessNull('guidance', read<number | null>('guidance')),
      ...unlessNull('temperature', read<number | null>('temperature')),
      ...unlessNull('topK', read<number | null>('topK')),
      ...unlessNull('suffix', read<string | null>('suffix')),
      ...unlessNull('negative', read<string | null>('negativePrompt')),
    },
    exportFolder: read<string>('export.folder'),
    exportFileName: read<string>('export.fileName'),
    exportAuto: read<boolean>('export.auto'),
    nodePath: read<string>('sidecar.nodePath').trim(),
    transport: read<'auto' | 'relay'>('webview.transport'),
  };
}

/** Reads a setting. Only package.json holds the defaults. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- package.json is what gives it its type
function read<T>(name: string): T {
  const value = workspace.getConfiguration('ziparStudio').get<T>(name);
  if (value === undefined) throw new Error(`package.json declares no setting ziparStudio.${name}.`);
  return value;
}

/** Null stands for "the model's own value". */
function unlessNull<K extends string, V>(name: K, value: V | null): { readonly [name in K]?: V } {
  return value === null ? {} : ({ [name]: value } as { [name in K]: V });
}

/** "8" is the number 8. A text that is no number stays a word, which the sidecar knows or refuses. */
function numberOrWord(text: string): number | string {
  const number = Number(text);
  return Number.isNaN(number) ? text.trim() : number;
}
