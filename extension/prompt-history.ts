import type { Memento } from 'vscode';

const KEY = 'ziparStudio.promptHistory';
const KEPT = 20;

/** The prompts drawn last, newest first, over all workspaces. */
export class PromptHistory {
  constructor(private readonly memento: Memento) {}

  get entries(): readonly string[] {
    return this.memento.get<string[]>(KEY, []);
  }

  async add(prompt: string): Promise<void> {
    await this.memento.update(KEY, [prompt, ...this.without(prompt)].slice(0, KEPT));
  }

  async remove(prompt: string): Promise<void> {
    await this.memento.update(KEY, this.without(prompt));
  }

  private without(prompt: string): string[] {
    return this.entries.filter((entry) => entry !== prompt);
  }
}
