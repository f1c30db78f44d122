import type { Command } from 'commander';
import { savedPercent, type Condition } from '../protocol';
import { runJson, summaryJson } from '../trace-file/run-json';
import type { RunSummary } from '../trace-file/run-summary';
import { readRecordedFile, type RecordedRun } from './recorded-file';

/** Adds `zipar show`: it tells how a picture was made, from its file alone. */
export function addShowCommand(zipar: Command): void {
  zipar
    .command('show')
    .description('tell how a picture was made, from its file')
    .argument('<file>', 'a PNG or .zipar file that ZipAR Studio wrote')
    .option(
      '--json',
      'print one JSON object: settings, tokens, and for each cell its step and its tracks',
      false,
    )
    .action(async (file: string, { json }: { readonly json: boolean }) => {
      const recorded = await readRecordedFile(file);
      process.stdout.write(`${json ? JSON.stringify(jsonReport(recorded)) : textReport(recorded)}\n`);
    });
}

function jsonReport({ summary, record }: RecordedRun): object {
  return record ? runJson(record) : summaryJson(summary);
}

function textReport({ file, summary, record }: RecordedRun): string {
  const { model, decoder, decoderSettings, seed, steps, rasterSteps, grid, state, madeAt } = summary;
  const settings = Object.entries(decoderSettings).map(([name, value]) => `, ${name} ${value}`);
  const cells = grid[0] * grid[1];
  const lines = [
    describeCondition(summary),
    `model ${model}, ${decoder}${settings.join('')}, seed ${seed}`,
    `guidance ${summary.guidance}, temperature ${summary.temperature}, top-k ${summary.topK}, top-p ${summary.topP}${summary.greedy ? ', greedy' : ''}`,
    `${state}: ${steps} steps instead of ${rasterSteps} (${savedPercent(steps, rasterSteps)} % saved), grid ${grid.join('x')}`,
    ...(summary.start
      ? [
          `the upper ${summary.start.keptRows} rows are those of ${summary.start.file.replace(/\p{Cc}/gu, ' ')}`,
        ]
      : []),
    ...(madeAt === undefined ? [] : [`made ${new Date(madeAt).toISOString()}`]),
    ...(record?.notices ?? []).map((notice) => notice.replace(/\p{Cc}/gu, ' ')),
    record
      ? `trace: ${record.snapshot.tokens.filter((token) => token >= 0).length} of ${cells} cells decided; --json prints them`
      : `${file} has no trace: an earlier version wrote it, or the trace was taken out`,
  ];
  return lines.join('\n');
}

function describeCondition({ condition, className }: Pick<RunSummary, 'condition' | 'className'>): string {
  return conditionWords(condition, className).replace(/\p{Cc}/gu, ' ');
}

function conditionWords(condition: Condition, className: string | undefined): string {
  switch (condition.kind) {
    case 'prompt':
      return condition.prompt;
    case 'class':
      return `class ${condition.label}${className === undefined ? '' : `, ${className}`}`;
    case 'caption':
      return `caption ${condition.file}`;
  }
}
