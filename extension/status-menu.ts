import { commands, l10n, window, type QuickPickItem } from 'vscode';

interface CommandItem extends QuickPickItem {
  readonly command: string;
}

/** What makes sense right now, from the status bar. */
export async function showStatusMenu(now: {
  readonly generating: boolean;
  readonly hasImage: boolean;
}): Promise<void> {
  const items: CommandItem[] = [
    now.generating
      ? { label: `$(debug-stop) ${l10n.t('Cancel Generation')}`, command: 'ziparStudio.cancelGeneration' }
      : { label: `$(sparkle) ${l10n.t('Generate Image…')}`, command: 'ziparStudio.generate' },
    { label: `$(debug-step-over) ${l10n.t('Open Step-Through')}`, command: 'ziparStudio.openStepThrough' },
    ...(now.hasImage
      ? [{ label: `$(save) ${l10n.t('Export Image…')}`, command: 'ziparStudio.exportImage' }]
      : []),
    { label: `$(package) ${l10n.t('Select Model…')}`, command: 'ziparStudio.selectModel' },
    { label: `$(circuit-board) ${l10n.t('Check Hardware')}`, command: 'ziparStudio.checkHardware' },
    { label: `$(debug-restart) ${l10n.t('Restart Sidecar')}`, command: 'ziparStudio.restartSidecar' },
    { label: `$(output) ${l10n.t('Show Log')}`, command: 'ziparStudio.showLog' },
  ];
  const chosen = await window.showQuickPick(items, { title: 'ZipAR Studio' });
  if (chosen) await commands.executeCommand(chosen.command);
}
