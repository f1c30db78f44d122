import { commands, type ExtensionContext } from 'vscode';

const WAS_OPENED = 'ziparStudio.walkthroughOpened';

/** Opens the walkthrough. */
export async function openWalkthrough({ extension }: ExtensionContext): Promise<void> {
  await commands.executeCommand('workbench.action.openWalkthrough', `${extension.id}#start`, false);
}

/**
 * Opens the walkthrough once in a window that `npm run code` opened for a first look. Other windows show what the user left
 * there.
 */
export async function openWalkthroughOnce(context: ExtensionContext): Promise<void> {
  if (process.env.ZIPAR_OPEN_WALKTHROUGH !== '1' || context.globalState.get(WAS_OPENED) === true) return;
  await context.globalState.update(WAS_OPENED, true);
  await openWalkthrough(context);
}
