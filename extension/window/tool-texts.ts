import {
  LanguageModelTextPart,
  LanguageModelToolResult,
  MarkdownString,
  type PreparedToolInvocation,
} from 'vscode';
import { plainText } from './plain-text';

/** The texts of a question that VS Code asks before an agent may use a tool. Texts may be foreign. */
export function toolConfirmation(texts: {
  readonly progress: string;
  readonly title: string;
  readonly lines: readonly string[];
}): PreparedToolInvocation {
  const message = new MarkdownString('');
  for (const line of texts.lines) message.appendText(plainText(line)).appendMarkdown('\n\n');
  return {
    invocationMessage: plainText(texts.progress),
    confirmationMessages: { title: plainText(texts.title), message },
  };
}

/** A tool's result for the agent. */
export function toolText(text: string): LanguageModelToolResult {
  return new LanguageModelToolResult([new LanguageModelTextPart(text)]);
}
