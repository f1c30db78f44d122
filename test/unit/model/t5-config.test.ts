import { describe, expect, it } from 'vitest';
import { ModelError } from '../../../sidecar/model/model-error';
import { encoderBytes, parseT5Config } from '../../../sidecar/model/t5/t5-config';
import { t5Config } from '../../checkpoints/t5-folder';

const XL = { layers: 24, dim: 2048, heads: 32, headDim: 64, hidden: 5120, vocab: 32128 };
const parse = (config: object) => parseT5Config(JSON.stringify(config), '/t5/config.json');

it('reads the config of flan-t5-xl', () => {
  const config = parse(t5Config(XL));
  expect(config).toEqual({ ...XL, buckets: 32, maxDistance: 128, normEps: 1e-6, eosId: 1 });
  expect(encoderBytes(config)).toBe(4 * 24 * 2048 * (4 * 2048 + 3 * 5120));
});

it('uses defaults for fields that older files lack', () => {
  const since = ['relative_attention_max_distance', 'layer_norm_epsilon', 'eos_token_id', 'dense_act_fn'];
  const fields = Object.entries(t5Config(XL)).filter(([name]) => !since.includes(name));
  const older = Object.fromEntries(fields);
  expect(parse(older)).toEqual(parse(t5Config(XL)));
});

describe('a config that cannot be run', () => {
  it.each<[string, unknown]>([
    ['model_type', 'bert'],
    ['model_type', undefined],
    ['feed_forward_proj', 'relu'],
    ['feed_forward_proj', undefined],
    ['dense_act_fn', 'gelu'],
    ['vocab_size', 0],
    ['vocab_size', '32128'],
    ['d_model', 2048.5],
    ['d_model', undefined],
    ['num_layers', 0],
    ['num_layers', 1e9],
    ['num_heads', -1],
    ['d_kv', null],
    ['d_ff', undefined],
    ['relative_attention_num_buckets', undefined],
    ['relative_attention_num_buckets', 30],
    ['relative_attention_max_distance', 8],
    ['layer_norm_epsilon', -1],
    ['eos_token_id', 1.5],
  ])('is refused by the name of file and field: %s %j', (field, value) => {
    const refused = () => parse({ ...t5Config(XL), [field]: value });
    expect(refused).toThrow(ModelError);
    expect(refused).toThrow(`/t5/config.json: "${field}" must be`);
  });

  it.each(['', '{', '[]', 'null', '"t5"'])('is refused when it is no JSON object: %j', (text) => {
    expect(() => parseT5Config(text, '/t5/config.json')).toThrow(/^\/t5\/config\.json.*JSON/);
  });
});
