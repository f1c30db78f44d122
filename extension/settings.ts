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
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  /** Another grid than the model's usual one, for the model of this name only. */
  readonly grid?: { readonly model: string; readonly sides: readonly [number, number] };
  readonly suffix?: string;
  readonly negative?: string;
  /** How many images to make. */
  readonly count?: number;
}

export function readSettings(): StudioSettings {
  const lookahead = read<number>('lookahead');
  return {
    model: read<string>('model').trim(),
    modelFolders: read<string[]>('modelFolders'),
    textEncoder: read<string>('textEncoder').trim(),
    generation: {
      decoder: read<string>('decoder'),
      decoderSettings: {
        lookahead: lookahead === -1 ? 'auto' : lookahead,
        ...unless(0, 'window', read<number>('window')),
      },
      provider: read<Provider>('provider'),
      onProviderFailure: read<ProviderFailurePolicy>('onProviderFailure'),
      precision: read<Precision>('precision'),
      previewEveryMs: read<number>('previewEveryMs'),
      ...unless(-1, 'seed', read<number>('seed')),
      ...unless(0, 'guidance', read<number>('guidance')),
      ...unless(0, 'temperature', read<number>('temperature')),
      ...unless(-1, 'topK', read<number>('topK')),
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

function unlessNull<K extends string>(name: K, value: string | null): { readonly [name in K]?: string } {
  return value === null ? {} : ({ [name]: value } as { [name in K]: string });
}

function unless<K extends string>(
  modelsOwn: number,
  name: K,
  value: number,
): { readonly [name in K]?: number } {
  return value === modelsOwn ? {} : ({ [name]: value } as { [name in K]: number });
}
