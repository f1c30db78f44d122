import { l10n } from 'vscode';
import { savedPercent, type Condition } from '../sidecar/protocol';
import type { RepeatableSettings, RunSummary } from '../sidecar/trace-file/run-summary';

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

/** How a run was made, in few words: "zipar 9 · seed 7 · 41 %". A run that was not finished says so. */
export function runDetails(summary: RunSummary): string {
  const { decoder, decoderSettings, seed, steps, rasterSteps, state } = summary;
  const { window } = decoderSettings;
  const how = window === undefined || decoder === 'raster' ? decoder : `${decoder} ${window}`;
  const isWhole = state === 'complete';
  const saved = savedPercent(steps, rasterSteps);
  return [
    how,
    `${l10n.t('Seed')} ${seed}`,
    ...(isWhole ? (saved > 0 ? [`−${saved} %`] : []) : [l10n.t('stopped after {0} steps', steps)]),
  ].join(' · ');
}

/** The command that makes a run again on the command line. */
export function commandLine(settings: RepeatableSettings): string {
  const options: readonly (readonly [string, string | number])[] = [
    ['--model', settings.model],
    ['--seed', settings.seed],
    ['--decoder', settings.decoder],
    ...(settings.decoder === 'raster'
      ? []
      : Object.entries(settings.decoderSettings).map(([name, value]) => [optionName(name), value] as const)),
    ['--cfg', settings.guidance],
    ['--temperature', settings.temperature],
    ['--top-k', settings.topK],
    ['--top-p', settings.topP],
    ['--precision', settings.precision],
  ];
  return [
    'npx zipar generate',
    conditionOption(settings.condition),
    ...options.map(([name, value]) => `${name} ${quoted(String(value))}`),
    ...(settings.greedy ? ['--greedy'] : []),
  ].join(' ');
}

function conditionOption(condition: Condition): string {
  switch (condition.kind) {
    case 'prompt':
      return quoted(condition.prompt);
    case 'class':
      return `--class ${condition.label}`;
    case 'caption':
      return `--caption ${quoted(condition.file)}`;
  }
}

/** `--first-row` for `firstRow`. */
function optionName(setting: string): string {
  return `--${setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A word as shells read it: in single quotes unless it is plain. */
function quoted(text: string): string {
  return /^[\w.,:/@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
