import path from 'node:path';
import type { FolderContent, ManifestKeys, ModelFamily, ModelSource, WeightFileContent } from './family';
import { MANIFEST_FILE } from './manifest-file';
import type { GeneralManifest } from './model-manifest';
import { lookIntoFolder, openWeightFile } from './weight-files';

/** What a model's source is made of. */
export interface SourceParts extends Pick<
  ModelSource,
  'folder' | 'fallbackName' | 'said' | 'keys' | 'namedFile' | 'requestedGrid' | 'requestedImageDecoder'
> {
  readonly families: readonly ModelFamily[];
}

/** A model in a folder, named by its folder or by a weight file. */
export class FolderSource implements ModelSource {
  readonly folder: string;
  readonly fallbackName: string;
  readonly said: GeneralManifest;
  readonly keys: ManifestKeys | undefined;
  readonly namedFile: WeightFileContent | undefined;
  readonly requestedGrid: readonly [number, number] | undefined;
  readonly requestedImageDecoder: string | undefined;
  private readonly families: readonly ModelFamily[];
  private content: Promise<FolderContent> | undefined;

  /** @param family for manifests that the user is told to write */
  constructor(
    parts: SourceParts,
    private readonly family: ModelFamily,
    content?: Promise<FolderContent>,
  ) {
    this.folder = parts.folder;
    this.fallbackName = parts.fallbackName;
    this.said = parts.said;
    this.keys = parts.keys;
    this.namedFile = parts.namedFile;
    this.requestedGrid = parts.requestedGrid;
    this.requestedImageDecoder = parts.requestedImageDecoder;
    this.families = parts.families;
    this.content = content;
  }

  weightFiles(): Promise<FolderContent> {
    this.content ??= lookIntoFolder(this.folder, this.families);
    return this.content;
  }

  openFile(name: string): Promise<WeightFileContent> {
    return openWeightFile(this.folder, name, this.families);
  }

  manifestHint(fields: string): string {
    const file = path.join(this.folder, MANIFEST_FILE);
    return this.keys
      ? `add it to ${file}, for example ${fields}`
      : `say it in ${file}, for example {"format": "zipar-model", "version": 1, "family": "${this.family.name}", ${fields}}`;
  }
}
