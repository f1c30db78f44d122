import { tmpdir } from 'node:os';
import { l10n, Uri, workspace } from 'vscode';
import { summaryOf } from '../sidecar/trace-file/run-summary';
import { copyCommandLine } from './clipboard';
import { homeFolder } from './home-folder';
import type { PageRenderer, RenderedFile } from './page-renderer';
import type { RunDocument } from './run-document';
import { bytesIn, DRAWN, endingOf, formsOf, isDrawn, nameIn, type DrawnForm, type RunForm } from './run-form';
import type { SidecarClient } from './sidecar-client';
import { writeWhole } from './whole-file';
import { chooseWhereToSave } from './window/file-dialogs';
import { showInformation, showProgress } from './window/notifications';
import { pickOne, type Choice } from './window/quick-inputs';
import { inUsersLanguage } from './in-users-language';

interface ExportChoice extends Choice {
  /** Undefined for the command line, which goes to the clipboard. */
  readonly form?: RunForm;
}

/**
 * Lets the user choose a form for the run of a file, and where it goes. Undefined when the user cancels.
 * @param own the extension's own folder of runs, which is no place for the user's files
 */
export async function exportRun(
  document: RunDocument,
  {
    client,
    renderer,
    own,
  }: { readonly client: SidecarClient; readonly renderer: PageRenderer; readonly own: Uri },
): Promise<Uri | undefined> {
  const chosen = await pickOne(choicesFor(document), { title: l10n.t('Export Run') });
  if (!chosen) return undefined;
  if (chosen.form === undefined) {
    await copyCommandLine(client, summaryOf(document.record));
    return undefined;
  }
  const { bytes, note } = isDrawn(chosen.form)
    ? await drawn(chosen.form, document, { client, renderer })
    : { bytes: await bytesIn(chosen.form, document, inUsersLanguage), note: null };
  const file = await chooseWhereToSave(l10n.t('Export Run'), suggestedFile(chosen.form, document.uri, own), {
    [chosen.label]: [endingOf(chosen.form)],
  });
  if (file) await writeWhole(file, bytes, true);
  if (file && note !== null) void showInformation(`${fileName(file)}: ${note}`);
  return file;
}

function fileName({ path }: Uri): string {
  return path.replace(/^.*\//, '');
}

/** Lets the page of a run draw a form. An animation first starts the sidecar, whose models decode the picture of each step. */
async function drawn(
  form: DrawnForm,
  { uri, record }: RunDocument,
  { client, renderer }: { readonly client: SidecarClient; readonly renderer: PageRenderer },
): Promise<RenderedFile> {
  if (form === 'view') return renderer.render(uri, DRAWN[form]);
  return showProgress({ title: l10n.t('Drawing the animation…') }, async () => {
    // Without the sidecar, the page shows the pictures that it has, and says so.
    if (record.run.patch > 0) await client.connection().catch(() => undefined);
    return renderer.render(uri, DRAWN[form]);
  });
}

/** A file beside the run's own; for a run that the extension keeps, a file where the user looks for files. */
function suggestedFile(form: RunForm, file: Uri, own: Uri): Uri {
  const beside = file.with({ path: nameIn(form, file.path) });
  if (Uri.joinPath(file, '..').toString() !== own.toString()) return beside;
  const folder = workspace.workspaceFolders?.[0]?.uri ?? Uri.file(homeFolder() ?? tmpdir());
  return Uri.joinPath(folder, beside.path.replace(/^.*\//, ''));
}

function choicesFor(document: RunDocument): readonly ExportChoice[] {
  return [
    ...formsOf(document).map((form) => ({ ...describe(form), form })),
    {
      label: l10n.t('Copy as Command Line'),
      detail: l10n.t('The command that makes this image without VS Code.'),
    },
  ];
}

function describe(form: RunForm): Choice {
  switch (form) {
    case 'picture':
      return {
        label: l10n.t('Picture with Its Trace'),
        detail: l10n.t('Others can see how it was made.'),
      };
    case 'plain-picture':
      return {
        label: l10n.t('Picture without Its Trace'),
        detail: l10n.t('Prompt and settings stay in the metadata.'),
      };
    case 'trace':
      return {
        label: l10n.t('Trace'),
        detail: l10n.t('All steps without the picture, for ZipAR Studio.'),
      };
    case 'json':
      return {
        label: l10n.t('Trace as JSON'),
        detail: l10n.t('Settings, and for each cell its token, step, probability and entropy.'),
      };
    case 'schedule':
      return {
        label: l10n.t('Schedule as SVG'),
        detail: l10n.t('Which step decided each cell, as a figure for print.'),
      };
    case 'dark-schedule':
      return {
        label: l10n.t('Schedule as SVG, Dark'),
        detail: l10n.t('The same figure for a dark ground.'),
      };
    case 'npz':
      return {
        label: l10n.t('Trace for NumPy'),
        detail: l10n.t('The same arrays as a .npz file.'),
      };
    case 'view':
      return {
        label: l10n.t('This View as PNG'),
        detail: l10n.t('Picture and tokens at the step shown, as they are on screen.'),
      };
    case 'animation':
      return {
        label: l10n.t('Animation as PNG'),
        detail: l10n.t(
          'All steps, with the tokens beside the picture as the model decodes it then. Browsers play it.',
        ),
      };
    case 'picture-animation':
      return {
        label: l10n.t('Animation of the Picture Alone'),
        detail: l10n.t('All steps without the tokens, as an animated PNG.'),
      };
    case 'video':
      return {
        label: l10n.t('Animation as WebM'),
        detail: l10n.t('The same as a video.'),
      };
  }
}
