import { l10n } from 'vscode';
import { savedPercent } from '../sidecar/protocol';
import type { RunSummary } from '../sidecar/trace-file/run-summary';

/** What a run draws, as a title. */
export function runTitle({ condition, className }: Pick<RunSummary, 'condition' | 'className'>): string {
  switch (condition.kind) {
    case 'prompt':
      return condition.prompt;
    case 'class':
      return className?.split(', ')[0] ?? l10n.t('class {0}', condition.label);
    case 'caption':
      return condition.file.split(/[\\/]/).at(-1) ?? condition.file;
  }
}

/** A run's decoder in few words: "zipar 9", "raster". */
export function decoderText({
  decoder,
  decoderSettings,
}: Pick<RunSummary, 'decoder' | 'decoderSettings'>): string {
  const { window } = decoderSettings;
  return window === undefined || decoder === 'raster' ? decoder : `${decoder} ${window}`;
}

/** How a run was made, in few words: "zipar 9 · seed 7 · 41 %". A run that was not finished says so. */
export function runDetails(summary: RunSummary): string {
  const { seed, steps, rasterSteps, state } = summary;
  const isWhole = state === 'complete';
  const saved = savedPercent(steps, rasterSteps);
  return [
    decoderText(summary),
    `${l10n.t('Seed')} ${seed}`,
    ...(isWhole ? (saved > 0 ? [`−${saved} %`] : []) : [l10n.t('stopped after {0} steps', steps)]),
  ].join(' · ');
}
