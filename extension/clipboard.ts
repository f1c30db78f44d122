import { env, l10n } from 'vscode';
import type { RepeatableSettings } from '../sidecar/trace-file/run-summary';
import { commandLine } from './command-line';
import type { SidecarClient } from './sidecar-client';
import { showBriefly } from './window/notifications';

/** Copies a text, and says so. */
export async function copyText(text: string): Promise<void> {
  await env.clipboard.writeText(text);
  showBriefly('check', l10n.t('Copied'), 4000);
}

/** Copies the command that makes a run again, for a terminal on this machine. The sidecar knows its options. */
export async function copyCommandLine(client: SidecarClient, settings: RepeatableSettings): Promise<void> {
  const shell = process.platform === 'win32' ? 'powershell' : 'posix';
  await copyText(commandLine(settings, await client.decoders(), shell));
}
