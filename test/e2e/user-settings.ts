import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const themes = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  'high-contrast': 'Default High Contrast',
  'high-contrast-light': 'Default High Contrast Light',
} as const;

export type Theme = keyof typeof themes;

/** Settings that turn off VS Code's own suggestions, reports and side bars. These would be in the way or use the network. */
const QUIET: Readonly<Record<string, unknown>> = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'npm.fetchOnlinePackageInfo': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.commandCenter': false,
  'workbench.enableExperiments': false,
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.settings.enableNaturalLanguageSearch': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/**
 * Title of the window once the settings of the remote machine apply. VS Code reads them last, some time after it draws the
 * workbench.
 */
export const SETTLED_TITLE = 'ZipAR end-to-end test';

/**
 * Writes the user's settings file: settings that keep the window quiet, the theme, and the test's own, which win. The test's
 * own are also written as settings of the remote machine. A window in a browser counts as remote. It takes settings of machine
 * scope, such as the model, only from the remote machine.
 */
export function writeUserSettings(
  userData: string,
  theme: Theme,
  settings: Readonly<Record<string, unknown>>,
): void {
  writeSettings(join(userData, 'User'), { ...QUIET, 'workbench.colorTheme': themes[theme], ...settings });
  writeSettings(join(userData, 'Machine'), { 'window.title': SETTLED_TITLE, ...settings });
}

/** Writes a language pack without texts of VS Code's own, so that extensions are shown in the language. */
export function writeLanguagePack(userData: string, language: string): void {
  const file = join(userData, 'language-pack.json');
  mkdirSync(userData, { recursive: true });
  writeFileSync(file, JSON.stringify({ version: '1.0.0', contents: {} }));
  const extensions = [{ extensionIdentifier: { id: 'test.language-pack' }, version: '1.0.0' }];
  const pack = { hash: 'test', label: language, extensions, translations: { vscode: file } };
  writeFileSync(join(userData, 'languagepacks.json'), JSON.stringify({ [language]: pack }));
}

function writeSettings(folder: string, settings: Readonly<Record<string, unknown>>): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings, undefined, 2));
}
