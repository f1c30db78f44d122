import { ConfigurationTarget, workspace } from 'vscode';

/** Changes `ziparStudio.<name>`: in the workspace's settings if they already set it, otherwise in the user's. */
export async function rememberSetting(name: string, value: unknown): Promise<void> {
  const settings = workspace.getConfiguration('ziparStudio');
  const inWorkspace = settings.inspect(name)?.workspaceValue !== undefined;
  await settings.update(
    name,
    value,
    inWorkspace ? ConfigurationTarget.Workspace : ConfigurationTarget.Global,
  );
}
