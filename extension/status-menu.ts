import { commands, l10n } from 'vscode';
import { pickOne, type Choice } from './window/quick-inputs';

interface CommandItem extends Choice {
  readonly command: string;
}

/** Shows the status bar's menu: the actions that are possible at this moment. */
export async function showStatusMenu(now: {
  readonly generating: boolean;
  readonly hasImage: boolean;
}): Promise<void> {
  const items: CommandItem[] = [
    now.generating
      ? { icon: 'debug-stop', label: l10n.t('Cancel Generation'), command: 'ziparStudio.cancelGeneration' }
      : { icon: 'sparkle', label: l10n.t('Generate Image…'), command: 'ziparStudio.generate' },
    { icon: 'debug-step-over', label: l10n.t('Open Step-Through'), command: 'ziparStudio.openStepThrough' },
    ...(now.hasImage ? [{ icon: 'save', label: l10n.t('Export…'), command: 'ziparStudio.exportImage' }] : []),
    { icon: 'package', label: l10n.t('Select Model…'), command: 'ziparStudio.selectModel' },
    { icon: 'cloud-download', label: l10n.t('Add Model…'), command: 'ziparStudio.addModel' },
    { icon: 'graph-line', label: l10n.t('Compare Decoders…'), command: 'ziparStudio.compareDecoders' },
    { icon: 'circuit-board', label: l10n.t('Check Hardware'), command: 'ziparStudio.checkHardware' },
    { icon: 'debug-restart', label: l10n.t('Restart Sidecar'), command: 'ziparStudio.restartSidecar' },
    { icon: 'output', label: l10n.t('Show Log'), command: 'ziparStudio.showLog' },
    { icon: 'gear', label: l10n.t('Settings'), command: 'ziparStudio.openSettings' },
    { icon: 'mortar-board', label: l10n.t('Get Started'), command: 'ziparStudio.openWalkthrough' },
  ];
  const chosen = await pickOne(items, { title: 'ZipAR Studio' });
  if (chosen) await commands.executeCommand(chosen.command);
}
