import { Checkpoint } from './checkpoint';
import type { ModelFolder } from './model-folder';
import { GraphBuilder } from './onnx/graph-builder';
import { openDescription } from './transformer/transformer-weights';

/**
 * Checks that the files of a model hold every tensor that a run needs, in its shape and in a type that graphs compute with.
 * It reads only headers, in milliseconds. A run that cannot end should not begin.
 * @param withImage whether a picture is drawn at the end
 * @throws ModelError, WeightsError naming file and tensor
 */
export async function checkWeights(model: ModelFolder, withImage: boolean): Promise<void> {
  const { transformer, imageDecoder } = model;
  if (transformer) {
    const { description, source } = await openDescription(model.folder, transformer);
    for (const { name, shape } of description.tensors) source.tensor(name, shape);
    description.prompt?.write(new GraphBuilder('prompt', source.folder), source);
  }
  if (imageDecoder && withImage) {
    const [height, width] = model.grid;
    const { folder, weights, describedBy } = imageDecoder;
    imageDecoder.write({ height, width }, await Checkpoint.open(folder, weights, describedBy));
  }
}
