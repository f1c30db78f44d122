import type { FamilyModel } from '../../sidecar/model/family';
import { LlamaGenImageDecoder } from '../../sidecar/model/families/llamagen/image-decoder';
import type { TransformerManifest, VqManifest } from '../../sidecar/model/families/llamagen/manifest';
import { LlamaGenTransformer } from '../../sidecar/model/families/llamagen/transformer';
import { readModelFolder, type ModelFolder } from '../../sidecar/model/model-folder';
import { inEnglish } from '../../sidecar/protocol';

/** What is known about a LlamaGen model, as a complete manifest would say it. */
export interface CompleteManifest extends Pick<FamilyModel, 'name' | 'grid' | 'condition' | 'defaults'> {
  readonly transformer: TransformerManifest | undefined;
  readonly vq: VqManifest | undefined;
}

/** Reads a LlamaGen model, with its complete manifest. */
export async function readLlamaGen(
  name: string,
  grid?: readonly [number, number],
  decoderFolder?: string,
): Promise<
  Pick<ModelFolder, 'imageDecoder'> & {
    /** In English. */
    readonly noPicture: string | undefined;
    readonly manifest: CompleteManifest;
  }
> {
  const model = await readModelFolder(name, { grid, imageDecoder: decoderFolder });
  const { transformer, imageDecoder } = model;
  const noPicture = model.noPicture && inEnglish(model.noPicture);
  const manifest = {
    ...{ name: model.name, grid: model.grid, condition: model.condition, defaults: model.defaults },
    transformer: transformer instanceof LlamaGenTransformer ? transformer.manifest : undefined,
    vq: imageDecoder instanceof LlamaGenImageDecoder ? imageDecoder.manifest : undefined,
  };
  return { noPicture, imageDecoder, manifest };
}
