import { describe, expect, it } from 'vitest';
import type { HubFile } from '../../../sidecar/hub/hub-repository';
import { matchingFiles, suggestedFiles } from '../../../sidecar/hub/suggested-files';

/** Makes files from paths. The size of each file is its place in the list. */
function files(...paths: string[]): HubFile[] {
  return paths.map((path, size) => ({ path, size, checksum: { algorithm: 'git-sha1', digest: '' } }));
}

function suggested(...paths: string[]): string[] {
  return suggestedFiles(files(...paths)).map(({ path }) => path);
}

describe('the files that a model needs', () => {
  it('are weights and the small files beside them, not pictures, text and files of the training', () => {
    const needed = ['config.json', 'model.safetensors', 'tokenizer.model', 'vocab.txt', 'zipar-model.json'];
    const others = [
      'README.md',
      '.gitattributes',
      'teaser.png',
      'optimizer.pt',
      'last/scheduler.pt',
      'model.gguf',
    ];
    expect(suggested(...others, ...needed)).toEqual(needed);
  });

  it('are the .safetensors if there are two formats', () => {
    expect(suggested('model.pt', 'model.safetensors', 'pytorch_model.bin', 'vq.pt')).toEqual([
      'model.safetensors',
      'vq.pt',
    ]);
  });

  it('are all shards and their index', () => {
    const shards = [
      'm-00001-of-00002.safetensors',
      'm-00002-of-00002.safetensors',
      'm.safetensors.index.json',
    ];
    expect(suggested(...shards)).toEqual(shards);
  });

  it('are PyTorch weights where there are no others, whole or in shards', () => {
    const janus = ['config.json', 'processor_config.json', 'pytorch_model.bin', 'tokenizer.json'];
    expect(suggested('README.md', 'janus_pro_teaser1.png', ...janus)).toEqual(janus);
    const shards = [
      'pytorch_model-00001-of-00002.bin',
      'pytorch_model-00002-of-00002.bin',
      'pytorch_model.bin.index.json',
    ];
    expect(suggested(...shards, 'training_args.bin')).toEqual(shards);
    expect(suggested(...shards, 'model.safetensors')).toEqual(['model.safetensors']);
  });

  it('are tokenizers of any kind, but no program', () => {
    const emu3 = ['config.json', 'emu3.tiktoken', 'emu3_vision_tokens.txt', 'model.safetensors'];
    expect(suggested('modeling_emu3.py', 'requirements.txt', ...emu3)).toEqual(emu3);
  });

  it('are Chameleon’s image decoder, alone or beside a model', () => {
    const tokenizer = ['tokenizer/text_tokenizer.json', 'tokenizer/vqgan.ckpt'];
    expect(suggested('tokenizer/vqgan.yaml', ...tokenizer)).toEqual(tokenizer);
    expect(suggested('model.safetensors', ...tokenizer)).toEqual(['model.safetensors', ...tokenizer]);
  });

  it('are the smallest of the published LlamaGen models and its image decoder', () => {
    expect(
      suggested(
        'README.md',
        'vq_ds16_c2i.pt',
        'c2i_B_256.pt',
        'c2i_L_256.pt',
        'c2i_3B_384.pt',
        'vq_ds8_c2i.pt',
      ),
    ).toEqual(['vq_ds16_c2i.pt', 'c2i_B_256.pt']);
    expect(suggested('t2i_XL_stage1_256.pt', 't2i_XL_stage2_512.pt', 'vq_ds16_t2i.pt')).toEqual([
      't2i_XL_stage1_256.pt',
      'vq_ds16_t2i.pt',
    ]);
  });
});

describe('the published models in folders of a repository', () => {
  it('are known by their file names', () => {
    expect(
      suggested('c2i/c2i_B_256.pt', 'c2i/c2i_L_384.pt', 'vq/vq_ds16_c2i.pt', 'vq/vq_ds8_c2i.pt'),
    ).toEqual(['c2i/c2i_B_256.pt', 'vq/vq_ds16_c2i.pt']);
  });

  it('come with the image decoder that lies beside them', () => {
    expect(suggested('vq_ds16_c2i.pt', '256/c2i_B_256.pt', '256/vq_ds16_c2i.pt', '384/c2i_B_384.pt')).toEqual(
      ['256/c2i_B_256.pt', '256/vq_ds16_c2i.pt'],
    );
  });
});

describe('files that a pattern names', () => {
  const all = files('a.json', 'ab.json', 'sub/a.json', 'a+b.pt', 'axjson');
  it.each([
    ['a.json', ['a.json']],
    ['*.json', ['a.json', 'ab.json', 'sub/a.json']],
    ['a?.json', ['ab.json']],
    ['a+b.pt', ['a+b.pt']],
    ['(a|b).json', []],
  ])('%j', (pattern, paths) => {
    expect(matchingFiles(all, [pattern]).map(({ path }) => path)).toEqual(paths);
  });

  it('match one of several patterns, in the order of the repository', () => {
    expect(matchingFiles(all, ['*.pt', 'a.json']).map(({ path }) => path)).toEqual(['a.json', 'a+b.pt']);
  });
});
