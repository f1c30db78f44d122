import * as l10n from './l10n';
import type { RunDecoder, RunDescription, RunSettings } from '../sidecar/protocol';

/** What a run draws, as a title. */
export function conditionText({ condition, className }: RunSettings): string {
  switch (condition.kind) {
    case 'prompt':
      return condition.prompt;
    case 'class':
      return className === undefined
        ? l10n.t('Class {0}', condition.label)
        : l10n.t('{0} (class {1})', className, condition.label);
    case 'caption':
      return l10n.t('Caption {0}', condition.file.split(/[\\/]/).at(-1) ?? '');
  }
}

/** How a run is decoded and computed, in parts for one line: "ZipAR, window 4". */
export function settingsText({ settings, decoder, start }: RunDescription): string[] {
  const { model, seed, provider, precision } = settings;
  const computed = precision === 'stored' ? provider : `${provider}, ${precision}`;
  const parts = [model, decoderText(decoder), l10n.t('seed {0}', seed), computed];
  return start ? [...parts, l10n.t('upper {0} rows of {1}', start.keptRows, start.file)] : parts;
}

function decoderText({ label, detail }: RunDecoder): string {
  if (detail === '') return l10n.inSentence(l10n.t(label));
  return [l10n.t(label), ...detail.split(', ').map(detailText)].join(', ');
}

/** A setting of a decoder in the user's language. What another version of the program wrote stays as it is. */
function detailText(detail: string): string {
  const value = /\b(\d+|auto)\b/.exec(detail)?.[0] ?? '';
  switch (detail.replace(value, '').trim().replace(/ +/g, '-')) {
    case 'window':
      return l10n.t('window {0}', value);
    case 'window-or-more':
      return l10n.t('window {0} or more', value);
    case 'lookahead':
      return l10n.t('lookahead {0}', value);
    case 'context':
      return l10n.t('context {0}', value);
    case 'draft-window':
      return l10n.t('draft window {0}', value);
    default:
      return detail;
  }
}

/**
 * Says what drafts are, and what a confirmed one means for the picture.
 * @param plainSteps steps in which a decoder without drafts makes the same picture; undefined if it makes another one
 */
export function meaningOf(plainSteps: number | undefined): string {
  const draft = l10n.t('A draft is a guess for a cell whose turn has not come.');
  return plainSteps === undefined
    ? `${draft} ${l10n.t('A confirmed draft passed the test of a later step and stays.')}`
    : `${draft} ${l10n.t('It is confirmed if the model then draws the same token. So the picture is the same as in {0} steps without drafts.', plainSteps)}`;
}
