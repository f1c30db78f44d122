import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { readModelFolder, summarise, type ModelFolder } from '../model/model-folder';
import type { ModelSummary } from '../protocol';
import { RequestError } from './request-error';

/** The models that ship with the product, and those in folders the user names. */
export class ModelLibrary {
  /** @param shipped folder whose subfolders are the models that ship with the product */
  constructor(private readonly shipped: string) {}

  /**
   * Finds a model by the path of its folder, or by name among those that ship. Without a name: the default one.
   * @throws RequestError when there is none of that name; ModelError when its manifest is wrong
   */
  async find(nameOrFolder: string | undefined): Promise<ModelFolder> {
    const names = await this.shippedNames();
    if (nameOrFolder === undefined) {
      const [first] = names;
      if (first === undefined)
        throw new RequestError(`No model ships in ${this.shipped}; name a model folder.`);
      return readModelFolder(path.join(this.shipped, first));
    }
    if (names.includes(nameOrFolder)) return readModelFolder(path.join(this.shipped, nameOrFolder));
    if (/[/\\]/.test(nameOrFolder) || nameOrFolder === '.') return readModelFolder(nameOrFolder);
    throw new RequestError(
      `No model is called "${nameOrFolder}"; known: ${names.join(', ')}. A model folder is given by its path (./folder).`,
    );
  }

  /** Every model that can be offered, and a sentence for each folder that cannot. */
  async list(folders: readonly string[]): Promise<{ models: ModelSummary[]; problems: string[] }> {
    const shipped = (await this.shippedNames()).map((name) => path.join(this.shipped, name));
    const models: ModelSummary[] = [];
    const problems: string[] = [];
    for (const folder of [...shipped, ...folders]) {
      try {
        models.push(await summarise(await readModelFolder(folder)));
      } catch (error) {
        problems.push(error instanceof Error ? error.message : String(error));
      }
    }
    return { models, problems };
  }

  private async shippedNames(): Promise<string[]> {
    const entries = await readdir(this.shipped, { withFileTypes: true }).catch(() => []);
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  }
}
