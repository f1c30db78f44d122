import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { exists } from '../files/exists';
import { readModelFolder, summarise, type ModelFolder, type ModelWishes } from '../model/model-folder';
import { isWeightFileName } from '../model/weight-file-names';
import type { ModelSummary } from '../protocol';
import { RequestError } from './request-error';
import { sentence } from '../protocol/sentence';

/** Finds and lists models: those that ship with the program, and those in folders that the user names. */
export class ModelLibrary {
  /** @param shipped the folder whose subfolders are the models that ship */
  constructor(private readonly shipped: string) {}

  /**
   * Finds a model by its name, if it ships, or by the path of its folder or weight file.
   * @param nameOrPath undefined = the first model that ships
   * @param wishes the grid and the image decoder that the user asks for
   * @throws RequestError when no model has that name; ModelError when its manifest is wrong or incomplete; WeightsError
   */
  async find(nameOrPath: string | undefined, wishes: ModelWishes = {}): Promise<ModelFolder> {
    const names = await this.shippedNames();
    if (nameOrPath === undefined) {
      const [first] = names;
      if (first === undefined)
        throw new RequestError(sentence`No model ships in ${this.shipped}; name a model folder.`);
      return readModelFolder(path.join(this.shipped, first), wishes);
    }
    if (names.includes(nameOrPath)) return readModelFolder(path.join(this.shipped, nameOrPath), wishes);
    if (await isPath(nameOrPath)) return readModelFolder(nameOrPath, wishes);
    throw new RequestError(
      sentence`No model is called "${nameOrPath}"; known: ${names.join(', ')}. A model folder or weight file is given by its path (./folder).`,
    );
  }

  /**
   * Lists the models that ship and the models of some folders. For each folder without a usable model, it returns a sentence.
   * @param textEncoder the folder that the user names for models that take captions
   */
  async list(
    folders: readonly string[],
    textEncoder: string | undefined,
  ): Promise<{ models: ModelSummary[]; problems: string[] }> {
    const shipped = (await this.shippedNames()).map((name) => path.join(this.shipped, name));
    const models: ModelSummary[] = [];
    const problems: string[] = [];
    for (const folder of [...shipped, ...folders]) {
      try {
        models.push(await summarise(await readModelFolder(folder), textEncoder));
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

/** Whether a name is a path: it looks like a path, or a file with this name exists. */
async function isPath(name: string): Promise<boolean> {
  if (/[/\\]/.test(name) || isWeightFileName(name)) return true;
  return exists(name);
}
