import { describe, expect, it } from 'vitest';
import { addressedFiles } from '../../../sidecar/hub/addressed-files';
import type { HubFile } from '../../../sidecar/hub/hub-repository';

function addressed(path: string, ...paths: string[]): string[] {
  const files = paths.map((name, size): HubFile => {
    return { path: name, size, checksum: { algorithm: 'git-sha1', digest: '' } };
  });
  return addressedFiles(files, path).map((file) => file.path);
}

describe('the address of a file', () => {
  it('of a published transformer is that one and its image decoder', () => {
    const all = ['c2i_B_256.pt', 'c2i_L_384.pt', 'vq_ds16_c2i.pt', 'vq_ds8_c2i.pt', 'README.md'];
    expect(addressed('c2i_L_384.pt', ...all)).toEqual(['c2i_L_384.pt', 'vq_ds16_c2i.pt']);
    expect(
      addressed('t2i/t2i_XL_stage1_256.pt', 't2i/t2i_XL_stage1_256.pt', 'vq/vq_ds16_t2i.pt'),
    ).toHaveLength(2);
  });

  it('of weights is these and the small files beside them', () => {
    const all = [
      'a/model.pt',
      'a/model.safetensors',
      'a/zipar-model.json',
      'a/vq16.pt',
      'b/zipar-model.json',
      'a/x.png',
    ];
    expect(addressed('a/model.pt', ...all)).toEqual(['a/model.pt', 'a/zipar-model.json', 'a/vq16.pt']);
  });

  it('of an image decoder, or of a small file, is that file', () => {
    const all = ['c2i_B_256.pt', 'vq_ds16_c2i.pt', 'vq_ds8_c2i.pt', 'README.md'];
    expect(addressed('vq_ds8_c2i.pt', ...all)).toEqual(['vq_ds8_c2i.pt']);
    expect(addressed('README.md', ...all)).toEqual(['README.md']);
  });

  it.each(['safetensors', 'bin'])('of a shard or of the index is all shards: .%s', (format) => {
    const all = [
      `m-00001-of-00002.${format}`,
      `m-00002-of-00002.${format}`,
      `m.${format}.index.json`,
      `m-00001-of-00002.${format === 'bin' ? 'safetensors' : 'bin'}`,
      'n.pt',
    ];
    expect(addressed(`m-00002-of-00002.${format}`, ...all)).toEqual(all.slice(0, 3));
    expect(addressed(`m.${format}.index.json`, ...all)).toEqual(all.slice(0, 3));
  });

  it('of weights with a general ending is these and the small files beside them', () => {
    const all = ['config.json', 'pytorch_model.bin', 'tokenizer.json', 'README.md'];
    expect(addressed('pytorch_model.bin', ...all)).toEqual(all.slice(0, 3));
  });
});

describe('the address of a folder', () => {
  const all = ['c2i_B_256.pt', 'big/c2i_L_384.pt', 'big/notes.md', 'bigger/c2i_3B_384.pt', 'vq_ds16_c2i.pt'];

  it('means the files that a model needs, and the image decoder if it lies elsewhere', () => {
    expect(addressed('big', ...all)).toEqual(['big/c2i_L_384.pt', 'vq_ds16_c2i.pt']);
    expect(addressed('big/', ...all)).toEqual(['big/c2i_L_384.pt', 'vq_ds16_c2i.pt']);
  });

  it('that does not exist means no files', () => {
    expect(addressed('bi', ...all)).toEqual([]);
    expect(addressed('../big', ...all)).toEqual([]);
  });
});
