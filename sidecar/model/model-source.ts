import path from 'node:path';
import { MANIFEST_FILE, type ManifestDraft } from './model-manifest';
import { lookIntoFolder, type FolderContent } from './weight-files';

/** The place of a model, and what is said about it. The weights complete this. */
export class ModelSource {
  private content: Promise<FolderContent> | undefined;

  /**
   * @param folder absolute
   * @param fallbackName name of the model when nothing else names it
   * @param draft contents of its manifest
   * @param hasManifest false when no manifest describes this model
   * @param assumedGrid rows and columns to take where neither the manifest nor a published name says them
   */
  constructor(
    readonly folder: string,
    readonly fallbackName: string,
    readonly draft: ManifestDraft,
    private readonly hasManifest: boolean,
    readonly assumedGrid: readonly [number, number] | undefined,
  ) {}

  /** All weight files of the folder. The folder is read once. */
  weightFiles(): Promise<FolderContent> {
    this.content ??= lookIntoFolder(this.folder);
    return this.content;
  }

  /**
   * Tells the user how to put into the manifest what no tensor tells. The text is part of a sentence.
   * @param fields JSON, an example
   */
  howToSay(fields: string): string {
    const file = path.join(this.folder, MANIFEST_FILE);
    return this.hasManifest
      ? `add it to ${file}, for example ${fields}`
      : `say it in ${file}, for example {"format": "zipar-model", "version": 1, "family": "llamagen", ${fields}}`;
  }
}
