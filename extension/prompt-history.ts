import type { Memento } from 'vscode';

const KEPT = 20;

/** The prompts, or the labels of the classes, drawn last: newest first, for all workspaces. */
export class PromptHistory {
  /** @param key name of the history in the memento; each history has its own */
  constructor(
    private readonly memento: Memento,
    private readonly key: 'ziparStudio.promptHistory' | 'ziparStudio.classHistory',
  ) {}

  get entries(): readonly string[] {
    return this.memento.get<string[]>(this.key, []);
  }

  async add(prompt: string): Promise<void> {
    await this.memento.update(this.key, [prompt, ...this.without(prompt)].slice(0, KEPT));
  }

  async remove(prompt: string): Promise<void> {
    await this.memento.update(this.key, this.without(prompt));
  }

  private without(prompt: string): string[] {
    return this.entries.filter((entry) => entry !== prompt);
  }
}
