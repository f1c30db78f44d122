import { describe, expect, it } from 'vitest';
import { openWeights } from '../../../sidecar/model/weights/open-weights';
import { WeightsError } from '../../../sidecar/model/weights/weights-error';
import { temporaryFolder } from './temporary-folder';

const folder = temporaryFolder();

describe('openWeights', () => {
  it.each<[string, string | Buffer, RegExp]>([
    ['an empty file', '', /the file is empty/],
    [
      'a PyTorch file from before 1.6',
      Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex'),
      /before version 1.6.*current PyTorch/,
    ],
    [
      'a Git LFS pointer',
      'version https://git-lfs.github.com/spec/v1\noid sha256:0',
      /Git LFS pointer.*git lfs pull/,
    ],
    ['a web page', '<!DOCTYPE html><html></html>', /web page/],
    ['a GGUF file', 'GGUF\x03\0\0\0', /GGUF/],
    ['something else', 'hello, world', /neither a safetensors file nor a PyTorch checkpoint/],
  ])('says what is wrong with %s', async (_, content, problem) => {
    const opening = openWeights(folder.write('model.pt', content));
    await expect(opening).rejects.toThrow(WeightsError);
    await expect(opening).rejects.toThrow(problem);
  });

  it('says that a file is missing, or a folder', async () => {
    await expect(openWeights(`${folder.path}/none.pt`)).rejects.toThrow(/no such file/);
    await expect(openWeights(folder.path)).rejects.toThrow(/this is a folder/);
  });
});
