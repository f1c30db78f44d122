/** Image decoders, held against what the published decoders draw of the same codes (test/golden/README.md). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Checkpoint } from '../../sidecar/model/checkpoint';
import { buildImageDecoderGraph } from '../../sidecar/model/image-decoder/decoder-graph';
import { inferDecoderShape } from '../../sidecar/model/image-decoder/decoder-shape';
import { TensorShapes } from '../../sidecar/model/tensor-shapes';
import { openWeights } from '../../sidecar/model/weights/open-weights';
import { readTensorAsFloat32 } from '../../sidecar/model/weights/read-tensor';
import { openSafetensors } from '../../sidecar/model/weights/safetensors';
import { withoutWrapperNames } from '../../sidecar/model/wrapper-names';
import { runtime } from '../../sidecar/chosen-runtime';
import { HostTensor } from '../../sidecar/runtime/tensor';

const GOLDEN = path.join(__dirname, '../golden');

interface Golden {
  readonly grid: readonly [number, number];
  readonly codes_of_first_run: readonly number[];
}

describe.each([
  ['emu3', 'Emu3-VisionTokenizer/model.safetensors', 8],
  ['janus', 'Janus-Pro/model.safetensors', 16],
  ['lumina', 'chameleon/tokenizer/vqgan.ckpt', 16],
])('the image decoder of %s', (family, file, patch) => {
  const weights = path.join(GOLDEN, family, file);
  const { grid, codes_of_first_run: codes } = JSON.parse(
    readFileSync(path.join(GOLDEN, family, 'golden.json'), 'utf8'),
  ) as Golden;
  const [height, width] = grid;

  // A limit of 1 byte makes a band of each row of tokens.
  it.each([undefined, 1, 200_000])(
    'draws the reference picture to 2e-4 (bands of %s bytes)',
    async (bytes) => {
      const shape = inferDecoderShape(
        new TensorShapes(weights, withoutWrapperNames(await openWeights(weights), weights)),
      );
      if (!shape) throw new Error('The golden data hold no image decoder.');
      expect(shape.downsample).toBe(patch);
      const checkpoint = await Checkpoint.open(path.dirname(weights), path.basename(weights));
      const graph = buildImageDecoderGraph(shape, { height, width }, checkpoint, 'cpu', bytes);
      const session = await runtime.open(
        graph,
        checkpoint.folder,
        { provider: 'cpu', threads: 1 },
        { runs: 'one' },
      );
      const tokens = new HostTensor('int64', BigInt64Array.from(codes, BigInt), [1, height * width]);
      const { image } = await session.run({ tokens });
      const location = (await openSafetensors(path.join(GOLDEN, family, 'decoded.safetensors'))).get('image');
      if (!image || !location) throw new Error('The golden data hold no picture.');
      const expected = await readTensorAsFloat32(location);
      expect(image.dims).toEqual([1, 3, height * patch, width * patch]);
      const errors = Array.from(image.data as Float32Array, (value, i) =>
        Math.abs(value - (expected[i] ?? NaN)),
      );
      expect(errors.reduce((max, error) => Math.max(max, error), 0)).toBeLessThan(2e-4);
    },
  );
});
