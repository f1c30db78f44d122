import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Memento } from 'vscode';

/** A record holds one request. */
const MAX_BYTES = 1 << 20;

/**
 * One value in a file, written before the call returns. VS Code's own storage is written seconds later, so a reload can lose it.
 * Where the file cannot be written the value is not kept, and nothing else is disturbed.
 */
export class DurableRecord implements Pick<Memento, 'get' | 'update'> {
  /** @param folder of the extension's own; made when it is needed */
  constructor(private readonly folder: string) {}

  get(key: string): unknown {
    try {
      const file = this.file(key);
      return statSync(file).size > MAX_BYTES
        ? undefined
        : (JSON.parse(readFileSync(file, 'utf8')) as unknown);
    } catch {
      return undefined; // missing, or damaged
    }
  }

  update(key: string, value: unknown): Promise<void> {
    try {
      if (value === undefined) {
        rmSync(this.file(key), { force: true });
      } else {
        mkdirSync(this.folder, { recursive: true });
        writeFileSync(this.file(key), JSON.stringify(value));
      }
    } catch {
      // The record only serves to tell of an interrupted run.
    }
    return Promise.resolve();
  }

  private file(key: string): string {
    return path.join(this.folder, `${key}.json`);
  }
}
