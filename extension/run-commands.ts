import { commands, l10n, Uri, workspace } from 'vscode';
import type { RepeatableSettings } from '../sidecar/trace-file/run-summary';
import { newSeed } from './ask-value';
import { branchRun } from './branch-run';
import type { RunPlace } from './run-place';
import { runTo } from './pace-commands';
import { LOST_LINE } from './run-argument';
import { compareWith, compareWithRaster } from './compare-runs';
import { copyCommandLine, copyText } from './clipboard';
import { exportRun } from './export-run';
import { UserError } from './report-error';
import { redrawFromRow } from './redraw-from-row';
import { readRunDocument, readRunSummary } from './run-document';
import { debugRun, fileInActiveEditor } from './run-debugging';
import { RunEditors } from './run-editors';
import type { RunNode } from './runs-view';
import type { Studio } from './studio';
import { askInDialog, showBriefly } from './window/notifications';

/** @param further all selected files or lines, where a menu passes them on; for a branch, the place on the page */
type RunCommand = (studio: Studio, argument: unknown, further?: unknown) => Promise<unknown>;

/** Commands on runs. Their argument is a file, a line of the list of runs, or the id of a run; otherwise the run on screen. */
export const RUN_COMMANDS: Readonly<Record<string, RunCommand>> = {
  'ziparStudio.openRun': async (studio, argument) => RunEditors.open(await requireFile(studio, argument)),
  'ziparStudio.continueRun': async (studio, argument) => continueRun(studio, argument),
  'ziparStudio.pauseRun': async (studio) => studio.generation.pause(),
  'ziparStudio.stepRun': async (studio) => studio.generation.step(),
  'ziparStudio.runTo': async (studio, _, place) => runTo(studio, isPlace(place) ? place : undefined),
  'ziparStudio.generateAgain': async (studio, argument) =>
    studio.generateImage.again(await settingsOf(studio, argument)),
  'ziparStudio.generateAgainNewSeed': async (studio, argument) =>
    studio.generateImage.again(await settingsOf(studio, argument), { seed: newSeed() }),
  'ziparStudio.generateLike': async (studio, argument) =>
    studio.generateImage.like(await settingsOf(studio, argument)),
  'ziparStudio.compareWithRaster': async (studio, argument) =>
    compareWithRaster(studio, await requireFile(studio, argument)),
  'ziparStudio.compareWith': async (studio, argument) =>
    compareWith(studio, await requireFile(studio, argument)),
  'ziparStudio.compareSelected': async (studio, _, selected) =>
    studio.comparisons.open(await twoFiles(studio, selected)),
  'ziparStudio.branchRun': async (studio, argument, place) =>
    branchRun(studio, await requireFile(studio, argument), isPlace(place) ? place : undefined),
  'ziparStudio.debugRun': async (studio, argument) => debugRun(await debuggedFile(studio, argument)),
  'ziparStudio.redrawFromRow': async (studio, argument) =>
    redrawFromRow(studio, await requireFile(studio, argument)),
  'ziparStudio.exportRun': async (studio, argument) =>
    exportRunOf(studio, await requireFile(studio, argument)),
  'ziparStudio.copySeed': async (studio, argument) =>
    copyText(String((await settingsOf(studio, argument)).seed)),
  'ziparStudio.copyPicture': async (studio, argument) => {
    await studio.renderer.copyPicture(await requireFile(studio, argument));
    showBriefly('check', l10n.t('The picture is in the clipboard.'), 4000);
  },
  'ziparStudio.copyCommandLine': async (studio, argument) =>
    copyCommandLine(studio.client, await settingsOf(studio, argument)),
  'ziparStudio.revealRun': async (studio, argument) => reveal(await requireFile(studio, argument)),
  'ziparStudio.deleteRun': async (studio, argument) =>
    deleteFile(studio, await requireFile(studio, argument)),
  'ziparStudio.refreshRuns': async (studio) => {
    await studio.index.refresh();
    studio.runsView.refresh();
  },
  'ziparStudio.cancelQueued': (studio, argument) => cancelQueued(studio, argument),
  'ziparStudio.cancelAllQueued': (studio) => {
    studio.queue.clear();
    studio.generation.cancel();
    return Promise.resolve();
  },
  'ziparStudio.moveQueuedUp': (studio, argument) => moveQueued(studio, argument, -1),
  'ziparStudio.moveQueuedDown': (studio, argument) => moveQueued(studio, argument, 1),
};

/** Lets the paused run of this window go on, or a stopped run that a file keeps. */
async function continueRun(studio: Studio, argument: unknown): Promise<void> {
  const isOfFile = argument instanceof Uri || nodeOf(argument)?.kind === 'run';
  if (!isOfFile && studio.generation.progress?.isPaused === true) await studio.generation.goOn(undefined);
  else await studio.generateImage.continuing.goOn(await requireFile(studio, argument));
}

/** The file to debug: the one that a menu names, else the one of the active editor, else the run on screen. */
async function debuggedFile(studio: Studio, argument: unknown): Promise<Uri> {
  const isNamed = argument instanceof Uri || nodeOf(argument) !== undefined;
  return (isNamed ? undefined : fileInActiveEditor()) ?? (await requireFile(studio, argument));
}

/** Exports the run of a file. @throws UserError when the file holds no run */
export async function exportRunOf({ client, store, renderer }: Studio, file: Uri): Promise<Uri | undefined> {
  return exportRun(await readRunDocument(file), { client, renderer, own: store.folder });
}

function cancelQueued(studio: Studio, argument: unknown): Promise<void> {
  const node = nodeOf(argument);
  if (node?.kind !== 'queued') return Promise.resolve();
  if (!studio.queue.remove(node.queued.id) && studio.queue.current?.id === node.queued.id)
    studio.generation.cancel();
  return Promise.resolve();
}

function moveQueued(studio: Studio, argument: unknown, by: number): Promise<void> {
  const node = nodeOf(argument);
  if (node?.kind === 'queued') studio.queue.move(node.queued.id, by);
  return Promise.resolve();
}

/**
 * A line of the list of runs, if the argument is one.
 *
 * @throws UserError when the line was lost: another run would be taken, such as the one on screen
 */
function nodeOf(argument: unknown): RunNode | undefined {
  if (argument === LOST_LINE)
    throw new UserError(l10n.t('The list of runs was being read again: choose once more.'));
  return typeof argument === 'object' && argument !== null && 'kind' in argument
    ? (argument as RunNode)
    : undefined;
}

/**
 * The file that a command means. A run that has just ended gets its file a moment later, so its file is waited for.
 *
 * @throws UserError when there is none
 */
async function requireFile(studio: Studio, argument: unknown): Promise<Uri> {
  const shown = studio.panel.runId;
  if (fileOf(studio, argument) === undefined && hasEnded(studio, argument)) await studio.queue.currentMade();
  // If another run came onto the screen meanwhile, it is not the one that was meant.
  const file = studio.panel.runId === shown ? fileOf(studio, argument) : undefined;
  if (file) return file;
  throw new UserError(
    l10n.t('No file with a run is open: choose one in the view ZipAR, or in the Explorer.'),
  );
}

function fileOf(studio: Studio, argument: unknown): Uri | undefined {
  const node = nodeOf(argument);
  if (argument instanceof Uri) return argument;
  return node?.kind === 'run' ? node.run.file : (studio.editors.active ?? studio.panel.file);
}

/** Whether there is a run on screen that has ended. A page that names its run may know it before this window does. */
function hasEnded({ runs, panel }: Studio, argument: unknown): boolean {
  const run = runs.get(panel.runId) ?? runs.newest;
  return typeof argument === 'number' || (run !== undefined && run.state !== 'running');
}

function isPlace(value: unknown): value is RunPlace {
  return typeof value === 'object' && value !== null && 'step' in value && typeof value.step === 'number';
}

/** Two selected files, the first one first. @throws UserError when other than two are selected */
async function twoFiles(studio: Studio, selected: unknown): Promise<readonly [Uri, Uri]> {
  const files = Array.isArray(selected)
    ? await Promise.all(selected.map((each: unknown) => requireFile(studio, each)))
    : [];
  const [first, second] = files;
  if (first && second && files.length === 2) return [first, second];
  throw new UserError(l10n.t('Select two runs to compare, in the view ZipAR or in the Explorer.'));
}

/** The settings of the run that a command means. @throws UserError when there is none, or its file is damaged */
async function settingsOf(studio: Studio, argument: unknown): Promise<RepeatableSettings> {
  const node = nodeOf(argument);
  if (node?.kind === 'run') return node.run.summary;
  const isOfFile = argument instanceof Uri || studio.editors.active !== undefined;
  const runId = typeof argument === 'number' && argument > 0 ? argument : studio.panel.runId;
  const live = studio.runs.get(runId) ?? (studio.panel.file ? undefined : studio.runs.newest);
  if (!isOfFile && live) return live.settings;
  return readRunSummary(await requireFile(studio, argument));
}

async function reveal(file: Uri): Promise<void> {
  const isInWorkspace = workspace.getWorkspaceFolder(file) !== undefined;
  await commands.executeCommand(isInWorkspace ? 'revealInExplorer' : 'revealFileInOS', file);
}

async function deleteFile(studio: Studio, file: Uri): Promise<void> {
  const remove = l10n.t('Delete');
  const name = workspace.asRelativePath(file);
  if ((await askInDialog(l10n.t('Delete {0}?', name), '', remove)) !== remove) return;
  // Some file systems have no trash.
  await workspace.fs
    .delete(file, { useTrash: true })
    .then(undefined, () => workspace.fs.delete(file, { useTrash: false }));
  await studio.index.refresh();
}
