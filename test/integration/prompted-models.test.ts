/** What the `zipar` command says about models that are prompted in words of any kind, and about what is wrong with them. */
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTensors, type SmallTensor } from '../families/tensors';
import { writeCheckpoint } from '../families/write-checkpoint';
import { runZipar, type Outcome } from './zipar-process';

const GOLDEN = path.join(__dirname, '../golden');
const JANUS = path.join(GOLDEN, 'janus/Janus-Pro');
const LUMINA = path.join(GOLDEN, 'lumina/Lumina-mGPT');
const EMU3 = path.join(GOLDEN, 'emu3/Emu3-Gen');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-prompted-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function zipar(...args: string[]): Promise<Outcome> {
  return runZipar(folder, args);
}

function generate(model: string, ...options: string[]): Promise<Outcome> {
  const quick = ['--greedy', '--provider', 'cpu', '--json'];
  return zipar('generate', 'a red house', '--model', model, ...quick, ...options);
}

/** A copy of a model, changed. */
function changed(model: string, change: (copy: string) => void): string {
  const copy = path.join(folder, 'model');
  cpSync(model, copy, { recursive: true });
  change(copy);
  return copy;
}

/** A picture of a copy of a model whose tensors are changed. A tensor that becomes undefined is left out. */
async function withTensors(
  model: string,
  copy: string,
  change: (name: string, tensor: SmallTensor) => SmallTensor | undefined,
): Promise<Outcome> {
  const read = await readTensors(path.join(model, 'model.safetensors.index.json'));
  const tensors = new Map(
    [...read].flatMap(([name, tensor]) => {
      const other = change(name, tensor);
      return other ? [[name, other] as const] : [];
    }),
  );
  writeCheckpoint(copy, tensors, { format: 'safetensors', shards: 1 });
  for (const name of ['config.json', 'tokenizer.json']) cpSync(path.join(model, name), path.join(copy, name));
  return generate(copy, '--grid', '4x6', '--tokens-only');
}

function changeJson(file: string, change: (content: Record<string, unknown>) => unknown): void {
  writeFileSync(
    file,
    JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>)),
  );
}

describe('zipar steps --model', () => {
  it.each([
    ['Janus has as many cells as image tokens', [JANUS, '--window', '2'], '16 of 36 steps'],
    ['Lumina is told its grid', [LUMINA, '--grid', '48x48', '--window', '7'], '377 of 2304 steps'],
    [
      'terminators cost raster order nothing, and next-token decoding a pass each',
      [EMU3, '--grid', '90x90', '--window', '7'],
      '713 of 8100 steps (91.2 % fewer); next-token decoding with row terminators takes 8190',
    ],
  ])('%s', async (_, args, line) => {
    expect(await zipar('steps', '--model', ...args)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(line) as string,
    });
  });

  it.each([
    [512, 32],
    [768, 48],
    [1024, 64],
  ])('takes the grid from the resolution in the name of the folder: %d', async (size, side) => {
    const model = path.join(folder, `Lumina-mGPT-7B-${size}`);
    cpSync(LUMINA, model, { recursive: true });
    const { stdout } = await zipar('steps', '--model', model, '--window', '4', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ grid: [side, side], rasterSteps: side ** 2, nextTokenSteps: side * (side + 1) },
      steps: side + (side - 1) * 4,
    });
  });

  it.each([
    ['Emu3 has the grid of its image area', 518_400 / 4, '45x45', 'of 2025 steps'],
    ['Emu3 has 90x90 tokens if its config does not say', undefined, '90x90', '713 of 8100 steps'],
  ])('%s', async (_, area, grid, line) => {
    const model = changed(EMU3, (copy) => {
      changeJson(path.join(copy, 'config.json'), (config) => ({ ...config, image_area: area }));
    });
    const { stdout } = await zipar('steps', '--model', model, '--window', '7');
    expect(stdout).toContain(line);
    const json = JSON.parse((await zipar('steps', '--model', model, '--window', '7', '--json')).stdout) as {
      grid: number[];
    };
    expect(json.grid.join('x')).toBe(grid);
  });

  it.each([
    ['no grid is known', [LUMINA, '--window', '2'], /say the grid with --grid/],
    ['the sides are odd', [LUMINA, '--grid', '7x8', '--window', '2'], /choose even sides/],
  ])('refuses in a sentence where %s', async (_, args, sentence) => {
    const { code, stderr } = await zipar('steps', '--model', ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('a picture', () => {
  it('is drawn by the image decoder that is named', async () => {
    const model = changed(LUMINA, () => undefined);
    const decoder = path.join(GOLDEN, 'lumina/chameleon/tokenizer');
    const options = ['--grid', '4x6', '--decoder', 'zipar', '--window', '2', '--out', 'p.png'];
    const { code, stdout, stderr } = await generate(model, ...options, '--image-decoder', decoder);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      grid: [4, 6],
      image: expect.stringContaining('p.png') as string,
    });
  });

  it('differs with another negative prompt and another suffix', async () => {
    const options = ['--grid', '3x4', '--cfg', '4', '--tokens-only', '--decoder', 'raster'];
    const [plain, negative, suffix] = await Promise.all([
      generate(EMU3, ...options),
      generate(EMU3, ...options, '--negative', 'a blue sky'),
      generate(EMU3, ...options, '--suffix', ' at night'),
    ]);
    const tokens = [plain, negative, suffix].map(
      ({ stdout }) => (JSON.parse(stdout) as { tokens: number[] }).tokens,
    );
    expect(new Set(tokens.map((list) => list.join())).size).toBe(3);
  });

  it('of a grid that the model was not trained on comes with a warning', async () => {
    const { code, stderr } = await generate(JANUS, '--grid', '3x5', '--tokens-only');
    expect(code).toBe(0);
    expect(stderr).toMatch(/was not trained on a grid of 3x5, so the picture may be poor; it knows 6x6/);
  });
});

describe('refused in one sentence', () => {
  const wrong: [string, () => Promise<Outcome>, RegExp][] = [
    [
      'a negative prompt where the unconditional half is fixed (Janus)',
      () => generate(JANUS, '--tokens-only', '--negative', 'x'),
      /takes no negative prompt/,
    ],
    [
      'a negative prompt where the unconditional half is fixed (Lumina)',
      () => generate(LUMINA, '--grid', '6x8', '--tokens-only', '--negative', 'x'),
      /takes no negative prompt/,
    ],
    [
      'a picture without an image decoder',
      () =>
        generate(
          changed(LUMINA, () => undefined),
          '--grid',
          '6x8',
        ),
      /holds no image decoder.*--image-decoder DIR.*--tokens-only/,
    ],
    [
      'an image decoder of another family',
      () => generate(JANUS, '--image-decoder', path.join(GOLDEN, 'lumina/chameleon/tokenizer')),
      /holds no image decoder/,
    ],
    [
      'an image decoder in no folder',
      () => generate(JANUS, '--image-decoder', './nowhere'),
      /nowhere is no folder/,
    ],
    ['a model without a grid', () => generate(LUMINA, '--tokens-only'), /say the grid with --grid/],
    ['odd sides', () => generate(LUMINA, '--grid', '5x8', '--tokens-only'), /choose even sides/],
    [
      'a grid that the positions cannot hold',
      () => generate(JANUS, '--grid', '200x200', '--tokens-only'),
      /40000 positions.*16384.*choose a smaller grid/,
    ],
    [
      'a missing shard',
      () =>
        generate(
          changed(EMU3, (copy) => {
            rmSync(path.join(copy, 'model-00002-of-00002.safetensors'));
          }),
          '--tokens-only',
        ),
      /index\.json: the shard "model-00002-of-00002\.safetensors" that it names is missing/,
    ],
    [
      'a missing shard of a .bin checkpoint',
      async () => {
        const model = path.join(folder, 'model');
        const tensors = await readTensors(path.join(JANUS, 'model.safetensors'));
        writeCheckpoint(model, tensors, { format: 'bin', shards: 3 });
        for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json'])
          cpSync(path.join(JANUS, name), path.join(model, name));
        rmSync(path.join(model, 'pytorch_model-00003-of-00003.bin'));
        return generate(model, '--grid', '3x4', '--tokens-only');
      },
      /bin\.index\.json: the shard "pytorch_model-00003-of-00003\.bin" that it names is missing/,
    ],
    [
      'weights without an output layer, where the config does not say that the table of tokens is used',
      () => {
        const model = path.join(folder, 'model');
        return withTensors(LUMINA, model, (name, tensor) => (name === 'lm_head.weight' ? undefined : tensor));
      },
      /no tensor "lm_head\.weight", the output layer, and "tie_word_embeddings".*fetch the weights again/,
    ],
    [
      'weights in 8-bit floating point (fp8)',
      () =>
        withTensors(LUMINA, path.join(folder, 'model'), (name, tensor) => {
          if (!name.endsWith('_proj.weight')) return tensor;
          return { ...tensor, dtype: 'F8_E4M3', data: Buffer.alloc(tensor.data.length / 2) };
        }),
      /"layers\.0\.self_attn\.q_proj\.weight" has the type F8_E4M3.*Use the model in F32, F16 or BF16/,
    ],
    [
      'weights that another program quantized',
      async () => {
        const model = path.join(folder, 'model');
        const config = { architectures: ['Emu3ForCausalLM'], quantization_config: { quant_method: 'gptq' } };
        const tensors = new Map([
          ['model.layers.0.self_attn.q_proj.qweight', { dtype: 'I32', shape: [1], data: Buffer.alloc(4) }],
        ] as const);
        writeCheckpoint(model, tensors, { format: 'safetensors', shards: 1 }, { 'config.json': config });
        return generate(model, '--tokens-only');
      },
      /weights are quantized \("gptq"\).*--precision int8 or int4/,
    ],
    [
      'a config of Emu3 that contradicts the tensors',
      () =>
        generate(
          changed(EMU3, (copy) => {
            changeJson(path.join(copy, 'config.json'), (config) => ({ ...config, vocab_size: 7 }));
          }),
          '--tokens-only',
        ),
      /config\.json: "vocab_size" must be \d+, as in .*fetch config and weights of one model/,
    ],
    [
      'the tokenizer of another model',
      () =>
        generate(
          changed(JANUS, (copy) => {
            cpSync(path.join(LUMINA, 'tokenizer.json'), path.join(copy, 'tokenizer.json'));
          }),
          '--tokens-only',
        ),
      /tokenizer\.json has no token .* download the tokenizer of the same model/,
    ],
    [
      'no tokenizer',
      () =>
        generate(
          changed(EMU3, (copy) => {
            rmSync(path.join(copy, 'emu3.tiktoken'));
          }),
          '--tokens-only',
        ),
      /tokenizer\.json is missing/,
    ],
    [
      'no config',
      () =>
        generate(
          changed(JANUS, (copy) => {
            rmSync(path.join(copy, 'config.json'));
          }),
          '--tokens-only',
        ),
      /config\.json is missing/,
    ],
    [
      'a config that contradicts the tensors',
      () =>
        generate(
          changed(LUMINA, (copy) => {
            changeJson(path.join(copy, 'config.json'), (config) => ({ ...config, num_hidden_layers: 5 }));
          }),
          ...['--grid', '6x8', '--tokens-only'],
        ),
      /"num_hidden_layers" must be 3/,
    ],
    [
      'an unknown architecture',
      () =>
        generate(
          changed(EMU3, (copy) => {
            changeJson(path.join(copy, 'config.json'), () => ({ architectures: ['FooForCausalLM'] }));
          }),
          '--tokens-only',
        ),
      /"FooForCausalLM", which this version does not run/,
    ],
    [
      'a class for a model that takes prompts',
      () => zipar('generate', '--class', '3', '--model', JANUS, '--tokens-only'),
      /takes a prompt, not a class/,
    ],
  ];

  it.each(wrong)('%s', async (_, run, sentence) => {
    const { code, stdout, stderr } = await run();
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('models of other families', () => {
  it('take a suffix and a grid, too', async () => {
    const model = path.join(GOLDEN, 'llamagen-c2i');
    const options = ['--class', '3', '--greedy', '--provider', 'cpu', '--tokens-only', '--json'];
    const { code, stdout } = await zipar(
      'generate',
      '--model',
      model,
      ...options,
      '--suffix',
      '',
      '--grid',
      '8x8',
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ grid: [8, 8] });
    const refused = await zipar('generate', '--model', model, ...options, '--negative', 'x');
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('takes no negative prompt') as string,
    });
  });

  it('are recognised by what a folder holds, whatever it is called', async () => {
    const copy = changed(EMU3, () => undefined);
    renameSync(copy, path.join(folder, 'x'));
    const { code, stdout } = await generate(path.join(folder, 'x'), '--grid', '2x3', '--tokens-only');
    expect([code, (JSON.parse(stdout) as { model: string }).model]).toEqual([0, 'x']);
  });
});
