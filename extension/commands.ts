import { commands, Disposable, l10n, Uri } from 'vscode';
import type { RunDescription, WebviewCommand } from '../sidecar/protocol';
import { RECORDED_RUN } from '../sidecar/trace-file/run-record';
import { addModel } from './add-model';
import type { RunPlace } from './run-place';
import { checkHardware } from './check-hardware';
import { compareDecoders } from './compare-decoders';
import { announceSaved } from './export-image';
import { chosenModel, listModels, requestedModel } from './model-list';
import { openWalkthrough } from './open-walkthrough';
import { reportError, UserError } from './report-error';
import { runArgument } from './run-argument';
import { exportRunOf, RUN_COMMANDS } from './run-commands';
import { selectModel } from './select-model';
import { readSettings } from './settings';
import { showStatusMenu } from './status-menu';
import type { Studio } from './studio';

type Command = (studio: Studio, argument: unknown, further?: unknown) => unknown;

/** Every command. `ziparStudio.showMenu` belongs to the status bar and is not in the palette. */
const COMMANDS: Readonly<Record<string, Command>> = {
  'ziparStudio.generate': (studio, options) => studio.generateImage.run(options),
  // The palette finds a command by the words of its title, and newcomers say both.
  'ziparStudio.generatePicture': (studio) => studio.generateImage.run(undefined),
  'ziparStudio.openStepThrough': openStepThrough,
  'ziparStudio.exportImage': exportImage,
  'ziparStudio.cancelGeneration': cancelGeneration,
  'ziparStudio.selectModel': chooseModel,
  'ziparStudio.addModel': (studio) => addModel(studio),
  'ziparStudio.compareDecoders': (studio) => compareDecoders(studio),
  'ziparStudio.checkHardware': checkHardware,
  ...RUN_COMMANDS,
  'ziparStudio.startSidecar': (studio) => studio.client.connection(),
  'ziparStudio.restartSidecar': (studio) => studio.client.restart(),
  'ziparStudio.showLog': (studio) => {
    studio.log.show();
  },
  'ziparStudio.openSettings': () => commands.executeCommand('workbench.action.openSettings', 'ziparStudio'),
  'ziparStudio.openWalkthrough': (studio) => openWalkthrough(studio.context),
  'ziparStudio.showMenu': (studio) =>
    showStatusMenu({
      generating: studio.generation.progress !== undefined,
      hasImage: studio.runs.newestComplete !== undefined,
    }),
};

export function registerCommands(studio: Studio): Disposable {
  const registrations = Object.entries(COMMANDS).map(([id, command]) =>
    commands.registerCommand(id, async (...given: unknown[]) => {
      try {
        const argument = id in RUN_COMMANDS ? runArgument(given) : given[0];
        return await command(studio, argument, given[1]);
      } catch (error) {
        reportError(error, studio.log);
        return undefined;
      }
    }),
  );
  const fromPanel = studio.panel.onDidRequestCommand(({ command, runId, place }) => {
    executeForPage(command, runId, place);
  });
  const fromEditors = studio.editors.onDidRequestCommand(({ command, file, place }) => {
    executeForPage(command, file, place);
  });
  const fromComparisons = studio.comparisons.onDidRequestCommand(({ command, file }) => {
    void commands.executeCommand(
      command === 'compare-with' ? 'ziparStudio.compareWith' : 'ziparStudio.startSidecar',
      file,
    );
  });
  return Disposable.from(...registrations, fromPanel, fromEditors, fromComparisons);
}

/**
 * Executes a command of a page.
 * @param run the run on the page: its id, or the file that an editor shows
 * @param place the step and the cell at which the user looks
 */
function executeForPage(command: WebviewCommand, run: number | Uri, place: RunPlace | undefined): void {
  const { id, argument } = {
    again: { id: 'ziparStudio.generateAgain', argument: run },
    compare: { id: 'ziparStudio.compareWithRaster', argument: run },
    branch: { id: 'ziparStudio.branchRun', argument: run },
    pause: { id: 'ziparStudio.pauseRun', argument: undefined },
    continue: { id: 'ziparStudio.continueRun', argument: undefined },
    step: { id: 'ziparStudio.stepRun', argument: undefined },
    'run-to': { id: 'ziparStudio.runTo', argument: undefined },
    'draw-steps': { id: 'ziparStudio.startSidecar', argument: undefined },
    generate: { id: 'ziparStudio.generate', argument: undefined },
    cancel: { id: 'ziparStudio.cancelGeneration', argument: undefined },
    export: { id: run instanceof Uri ? 'ziparStudio.exportRun' : 'ziparStudio.exportImage', argument: run },
  }[command];
  // An argument that is there and undefined means a line that was lost.
  void commands.executeCommand(id, ...(argument === undefined && !place ? [] : [argument, place]));
}

async function openStepThrough(studio: Studio): Promise<void> {
  studio.panel.open(false);
  await studio.client.connection();
}

/** Exports the run whose id the webview passes; otherwise the run on screen, otherwise the newest finished one. */
async function exportImage(studio: Studio, argument: unknown): Promise<string | undefined> {
  // A page may know before this window that its run has ended.
  if (typeof argument === 'number' && studio.runs.get(argument)?.state === 'running')
    await studio.queue.currentMade();
  if (studio.panel.isRecorded && argument === RECORDED_RUN && studio.panel.file)
    return (await exportRunOf(studio, studio.panel.file))?.toString();
  const runId = typeof argument === 'number' && argument > 0 ? argument : studio.panel.runId;
  const run = studio.runs.get(runId) ?? studio.runs.newestComplete;
  // A stopped run, or one of tokens alone, has no picture. What was made of it lies in a file.
  const hasPicture = run?.state === 'complete' && run.patch > 0;
  if (!hasPicture && run?.runId === studio.panel.runId && studio.panel.file)
    return (await exportRunOf(studio, studio.panel.file))?.toString();
  const file = await studio.imageExport.export(exportable(run));
  if (!file) return undefined;
  await show(file);
  return file.toString();
}

function exportable(run: RunDescription | undefined): RunDescription {
  if (!run) throw new UserError(l10n.t('There is no image to export yet: run ZipAR: Generate Image first.'));
  if (run.state === 'running')
    throw new UserError(l10n.t('The image is not finished yet: export it when it is.'));
  if (run.state !== 'complete')
    throw new UserError(l10n.t('This generation was not finished, so there is no image to export.'));
  if (run.patch === 0)
    throw new UserError(l10n.t('The model {0} makes tokens only, no image.', run.settings.model));
  return run;
}

async function show(file: Uri): Promise<void> {
  await commands.executeCommand('vscode.open', file);
  announceSaved(file);
}

function cancelGeneration(studio: Studio): void {
  if (!studio.generation.cancel())
    throw new UserError(l10n.t('No image is being generated, so there is nothing to cancel.'));
}

async function chooseModel(studio: Studio): Promise<void> {
  const settings = readSettings();
  const models = await listModels(studio.client, settings, studio.log);
  await selectModel(models, chosenModel(models, requestedModel(settings)));
}
