import path from 'node:path';
import { MANIFEST_FILE, type ManifestDraft } from './model-manifest';
import { lookIntoFolder, type FolderContent } from './weight-files';

/** Where a model lies, and what is said of it; to be completed by what its weights determine. */
export class ModelSource {
  private content: Promise<FolderContent> | undefined;

  /**
   * @param folder absolute
   * @param fallbackName what the model is called when nothing else names it
   * @param draft what its manifest says
   * @param hasManifest false when none speaks of this model
   * @param assumedGrid rows and columns to take where neither the manifest nor a published name says them
   */
  constructor(
    readonly folder: string,
    readonly fallbackName: string,
    readonly draft: ManifestDraft,
    private readonly hasManifest: boolean,
    readonly assumedGrid: readonly [number, number] | undefined,
  ) {}

  /** All weight files of the folder; looked into once. */
  weightFiles(): Promise<FolderContent> {
    this.content ??= lookIntoFolder(this.folder);
    return this.content;
  }

  /** Tells the user how to say in the manifest what no tensor does, as part of a sentence. @param fields JSON, an example */
  howToSay(fields: string): string {
    const file = path.join(this.folder, MANIFEST_FILE);
    return this.hasManifest
      ? `add it to ${file}, for example ${fields}`
      : `say it in ${file}, for example {"format": "zipar-model", "version": 1, "family": "llamagen", ${fields}}`;
  }
}
