import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Errors that each version of VS Code logs on a machine that cannot reach its services. None of them concerns the extension.
 */
const NOT_OURS: readonly RegExp[] = [
  // The built-in extensions and the gallery try to report or to look something up.
  /getaddrinfo (ENOTFOUND|EAI_AGAIN)/,
  // Copilot's part of the newest VS Code waits for a sign-in that code-server does not have.
  /Timed out waiting for authentication provider/,
  // The tests' language pack has no texts of the built-in extensions.
  /No bundle location found for extension (?!zipar)/,
];

/** The text of all logs with a wanted name, such as `remoteexthost`, in the order in which they were begun. */
export function logsNamed(userData: string, isWanted: (name: string) => boolean): string {
  return logFiles(userData)
    .filter((file) => isWanted(basename(file)))
    .map((file) => readFileSync(file, 'utf8'))
    .join('');
}

/** The logs of all extension hosts: a restart begins a new log. */
export function extensionHostLog(userData: string): string {
  return logsNamed(userData, (name) => name === 'remoteexthost.log');
}

/** The log entries of level error, each with its stack. Entries that VS Code writes about itself are left out. */
export function errorsIn(log: string): string[] {
  return log
    .split(/^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \[)/m)
    .filter((entry) => /^\S+ \S+ \[error\]/.test(entry))
    .filter((entry) => !NOT_OURS.some((pattern) => pattern.test(entry)));
}

function logFiles(userData: string): string[] {
  const logs = join(userData, 'logs');
  try {
    return readdirSync(logs, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.log'))
      .sort()
      .map((name) => join(logs, name));
  } catch {
    return [];
  }
}
