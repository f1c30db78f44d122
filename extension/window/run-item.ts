import {
  MarkdownString,
  ThemeIcon,
  TreeItem,
  TreeItemCollapsibleState,
  type Command,
  type Uri,
} from 'vscode';
import { plainText } from './plain-text';

/** A line of the list of runs. Its texts may be foreign. */
export interface RunLine {
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  /** Name of a VS Code icon. */
  readonly icon?: string;
  /** Names the menu of the line. */
  readonly menu: string;
  readonly command?: Command;
  /** Whether other lines stand below it. */
  readonly isGroup?: boolean;
}

/** Makes a line of the list. */
export function runItem({ id, label, description, icon, menu, command, isGroup = false }: RunLine): TreeItem {
  const state = isGroup ? TreeItemCollapsibleState.Expanded : TreeItemCollapsibleState.None;
  const item = new TreeItem(plainText(label), state);
  item.id = id;
  item.contextValue = menu;
  if (description !== undefined) item.description = plainText(description);
  if (icon !== undefined) item.iconPath = new ThemeIcon(icon);
  if (command) item.command = command;
  return item;
}

/** A tooltip with a picture and lines of foreign text. */
export function runTooltip(lines: readonly string[], picture: Uri | undefined): MarkdownString {
  const tooltip = new MarkdownString('');
  if (picture) {
    // Parentheses would end the address.
    const address = picture.toString().replace(/[()]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
    tooltip.appendMarkdown(`![](${address}|width=192)\n\n`);
  }
  for (const line of lines) tooltip.appendText(plainText(line)).appendMarkdown('\n\n');
  return tooltip;
}
