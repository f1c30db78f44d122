import { env, l10n, workspace, type Uri } from 'vscode';
import { isPng } from '../sidecar/trace-file/png-chunks';
import { withoutPngTrace } from '../sidecar/trace-file/png-trace';
import { runJson } from '../sidecar/trace-file/run-json';
import { summaryOf } from '../sidecar/trace-file/run-summary';
import { encodeTrace, ziparFile } from '../sidecar/trace-file/trace-file';
import { commandLine } from './run-text';
import type { RunDocument } from './run-document';
import { scheduleFigure } from './schedule-figure';
import { chooseWhereToSave } from './window/file-dialogs';
import { showBriefly } from './window/notifications';
import { pickOne, type Choice } from './window/quick-inputs';

interface ExportChoice extends Choice {
  /** Ending of the file; undefined for a text that goes to the clipboard. */
  readonly ending?: string;
  /** Added to the name of the run's file. */
  readonly suffix?: string;
  readonly make: () => Promise<Uint8Array>;
}

/** Lets the user choose a form for the run of a file, and where it goes. Undefined when the user cancels. */
export async function exportRun(document: RunDocument): Promise<Uri | undefined> {
  const chosen = await pickOne(choicesFor(document), { title: l10n.t('Export Run') });
  if (!chosen) return undefined;
  const bytes = await chosen.make();
  if (chosen.ending === undefined) {
    await env.clipboard.writeText(new TextDecoder().decode(bytes));
    showBriefly('check', l10n.t('Copied'), 4000);
    return undefined;
  }
  const { uri } = document;
  const name = uri.path.replace(/\.[^./]*$/, `${chosen.suffix ?? ''}.${chosen.ending}`);
  const file = await chooseWhereToSave(l10n.t('Export Run'), uri.with({ path: name }), {
    [chosen.label]: [chosen.ending],
  });
  if (file) await workspace.fs.writeFile(file, bytes);
  return file;
}

function choicesFor({ bytes, record }: RunDocument): readonly ExportChoice[] {
  const text = (content: string): Promise<Uint8Array> => Promise.resolve(new TextEncoder().encode(content));
  return [
    ...(isPng(bytes)
      ? [
          {
            label: l10n.t('Picture with Its Trace'),
            detail: l10n.t('Others can see how it was made.'),
            ending: 'png',
            suffix: '-copy',
            make: () => Promise.resolve(bytes),
          },
          {
            label: l10n.t('Picture without Its Trace'),
            detail: l10n.t('Prompt and settings stay in the metadata.'),
            ending: 'png',
            suffix: '-plain',
            make: () => Promise.resolve(withoutPngTrace(bytes)),
          },
        ]
      : []),
    {
      label: l10n.t('Trace'),
      detail: l10n.t('All steps without the picture, for ZipAR Studio.'),
      ending: 'zipar',
      make: async () => ziparFile(await encodeTrace(record)),
    },
    {
      label: l10n.t('Trace as JSON'),
      detail: l10n.t('Settings, and for each cell its token, step, probability and entropy.'),
      ending: 'json',
      make: () => text(`${JSON.stringify(runJson(record))}\n`),
    },
    {
      label: l10n.t('Schedule as SVG'),
      detail: l10n.t('Which step decided each cell, as a figure for print.'),
      ending: 'svg',
      make: () => text(scheduleFigure(record)),
    },
    {
      label: l10n.t('Copy as Command Line'),
      detail: l10n.t('The command that makes this image without VS Code.'),
      make: () => text(commandLine(summaryOf(record))),
    },
  ];
}
