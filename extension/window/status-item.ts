import { MarkdownString, StatusBarAlignment, ThemeColor, window, type Disposable } from 'vscode';

/** A link in the tooltip, to one of the extension's commands. */
export interface CommandLink {
  readonly command: string;
  readonly title: string;
}

/** The extension's entry in the status bar. */
export class StatusItem implements Disposable {
  private readonly item = window.createStatusBarItem('ziparStudio.status', StatusBarAlignment.Left, 0);

  constructor(name: string, command: string) {
    this.item.name = name;
    this.item.command = command;
    this.item.show();
  }

  /** Changes the entry. @param parts `text`: the extension's own words, which may name icons; `lines`: foreign text */
  set(parts: {
    readonly text: string;
    readonly lines: readonly string[];
    readonly links: readonly CommandLink[];
    readonly isError: boolean;
  }): void {
    this.item.text = parts.text;
    this.item.tooltip = tooltipOf(parts.lines, parts.links);
    this.item.backgroundColor = parts.isError ? new ThemeColor('statusBarItem.errorBackground') : undefined;
  }

  dispose(): void {
    this.item.dispose();
  }
}

/**
 * Builds the tooltip. Model names and error texts come from files, so they go in as plain text. Links can only run the
 * extension's commands.
 */
function tooltipOf(lines: readonly string[], links: readonly CommandLink[]): MarkdownString {
  const tooltip = new MarkdownString('', true);
  tooltip.isTrusted = { enabledCommands: links.map(({ command }) => command) };
  for (const line of lines) tooltip.appendText(line).appendMarkdown('\n\n');
  return tooltip.appendMarkdown(
    links.map(({ command, title }) => `[${title}](command:${command})`).join(' · '),
  );
}
