import { CONTENT_PROBE_BYTES, findWrongContent } from '../../files/file-content';
import { openPytorchCheckpoint } from './pytorch-checkpoint';
import { openSafetensors } from './safetensors';
import { openShardIndex } from './safetensors-index';
import type { TensorDirectory } from './tensor-directory';
import { WeightFile } from './weight-file';
import { WeightsError } from './weights-error';
import { sentence } from '../../protocol/sentence';

/**
 * Locates the tensors of a weight file. The file may be a PyTorch ZIP checkpoint, a safetensors file, or the index of a
 * sharded one. Its content decides which format it is.
 *
 * @throws WeightsError
 */
export async function openWeights(path: string): Promise<TensorDirectory> {
  const start = await WeightFile.use(path, (file) =>
    file.read(0, Math.min(file.size, CONTENT_PROBE_BYTES), sentence`the first bytes`),
  );
  if (isAt(start, 'PK\x03\x04')) return openPytorchCheckpoint(path);
  if (isJsonObjectText(start)) return openShardIndex(path);
  if (isAt(start, '{', 8)) return openSafetensors(path);
  throw explainUnknown(path, start);
}

function isAt(bytes: Buffer, text: string, offset = 0): boolean {
  return bytes.subarray(offset, offset + text.length).toString('latin1') === text;
}

/** Whether the file starts as a JSON object in UTF-8, or in UTF-16 with a byte order mark. */
function isJsonObjectText(start: Buffer): boolean {
  return ['{', '\xef\xbb\xbf{', '\xff\xfe{\0', '\xfe\xff\0{'].some((beginning) => isAt(start, beginning));
}

function explainUnknown(path: string, start: Buffer): WeightsError {
  if (start[0] === 0x80 && (start[1] ?? 0) <= 5) {
    return new WeightsError(
      path,
      sentence`this is a bare pickle or a PyTorch file from before version 1.6, which has no ZIP directory`,
      sentence`Load it with a current PyTorch and save it again with torch.save, or convert it to safetensors.`,
    );
  }
  const wrong = findWrongContent(start);
  if (wrong) return new WeightsError(path, wrong.problem, wrong.remedy);
  if (isAt(start, 'GGUF')) {
    return new WeightsError(
      path,
      sentence`this is a GGUF file, which is not supported`,
      sentence`Use the safetensors or PyTorch file of the model.`,
    );
  }
  return new WeightsError(
    path,
    sentence`this is neither a safetensors file nor a PyTorch checkpoint`,
    sentence`Choose a .safetensors, .safetensors.index.json, .pt, .pth, .bin or .ckpt file; if it should be one, download it again.`,
  );
}
