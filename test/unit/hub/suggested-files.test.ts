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

/** Files that repositories have beside a model, and that no model needs. */
const ABOUT = ['.gitattributes', 'README.md', 'LICENSE', 'teaser.png'];

describe('the published repositories', () => {
  const shardsOf = (stem: string, count: number, ending: string): string[] => [
    ...Array.from(
      { length: count },
      (_, i) => `${stem}-${String(i + 1).padStart(5, '0')}-of-${String(count).padStart(5, '0')}.${ending}`,
    ),
    `${stem}.${ending}.index.json`,
  ];
  const processors = ['config.json', 'preprocessor_config.json', 'processor_config.json'];
  const tokenizer = ['special_tokens_map.json', 'tokenizer.json', 'tokenizer_config.json'];
  const emu3 = ['config.json', 'emu3.tiktoken', 'emu3_vision_tokens.txt', 'generation_config.json'];

  it.each([
    ['deepseek-ai/Janus-Pro-1B', [...processors, 'pytorch_model.bin', ...tokenizer], ABOUT],
    [
      'deepseek-ai/Janus-Pro-7B',
      [...processors, ...shardsOf('pytorch_model', 2, 'bin'), ...tokenizer],
      ABOUT,
    ],
    [
      'deepseek-community/Janus-Pro-1B',
      [...processors, 'generation_config.json', 'model.safetensors', ...tokenizer],
      [...ABOUT, 'chat_template.jinja'],
    ],
    [
      'deepseek-community/Janus-Pro-7B',
      [...processors, ...shardsOf('model', 4, 'safetensors'), ...tokenizer],
      [...ABOUT, 'chat_template.jinja'],
    ],
    [
      'FreedomIntelligence/Janus-4o-7B',
      [...processors, ...shardsOf('model', 3, 'safetensors'), ...tokenizer],
      [...ABOUT, 'training_args.bin', 'pytorch_model.bin'],
    ],
    [
      'BAAI/Emu3-Gen',
      [...emu3, ...shardsOf('model', 7, 'safetensors'), 'tokenizer_config.json'],
      [...ABOUT, 'modeling_emu3.py', 'processing_emu3.py', 'tokenization_emu3.py', 'utils_emu3.py'],
    ],
    [
      'BAAI/Emu3-Gen-hf',
      [...processors, ...shardsOf('model', 7, 'safetensors'), ...tokenizer],
      [...ABOUT, 'chat_template.jinja'],
    ],
    [
      'BAAI/Emu3-VisionTokenizer',
      ['config.json', 'model.safetensors', 'preprocessor_config.json'],
      [...ABOUT, 'modeling_emu3visionvq.py', 'configuration_emu3visionvq.py'],
    ],
    [
      'Alpha-VLLM/Lumina-mGPT-7B-768',
      ['config.json', 'generation_config.json', ...shardsOf('model', 3, 'safetensors'), ...tokenizer],
      ABOUT,
    ],
    [
      'a copy of Chameleon',
      ['tokenizer/text_tokenizer.json', 'tokenizer/vqgan.ckpt'],
      ['tokenizer/vqgan.yaml'],
    ],
    [
      'yucornetto/RAR',
      ['rar_b.bin'],
      [...ABOUT, 'rar_l.bin', 'rar_xl.bin', 'rar_xxl.bin', 'maskgitvq.jsonl'],
    ],
    [
      'fun-research/TiTok',
      ['maskgit-vqgan-imagenet-f16-256.bin'],
      [...ABOUT, 'generator_titok_l32.bin', 'tokenizer_titok_l32.bin', 'maskgit-vqgan-imagenet-f16-256.txt'],
    ],
  ])('%s: what the model needs, and nothing else', (_, needed, others) => {
    expect(suggested(...needed, ...others)).toEqual(needed);
  });

  it('have the same weights in one naming only', () => {
    const model = ['config.json', ...shardsOf('model', 2, 'safetensors'), ...tokenizer];
    const again = ['consolidated.00.pth', 'original/consolidated.01.pth', 'consolidated.safetensors'];
    expect(suggested(...model, ...again, 'model.safetensors', 'pytorch_model.bin')).toEqual(model);
    expect(suggested('consolidated.00.pth', 'tokenizer.model')).toEqual([
      'consolidated.00.pth',
      'tokenizer.model',
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
