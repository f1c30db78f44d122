import { describe, expect, it } from 'vitest';
import { HubError } from '../../../sidecar/hub/hub-error';
import { parseRepositoryName } from '../../../sidecar/hub/repository-name';

describe('the name of a repository', () => {
  it.each([
    ['FoundationVision/LlamaGen', 'FoundationVision/LlamaGen', undefined],
    ['  peizesun/llamagen_t2i ', 'peizesun/llamagen_t2i', undefined],
    ['ada/model@v1.0', 'ada/model', 'v1.0'],
    ['ada/model@refs/pr/3', 'ada/model', 'refs/pr/3'],
    ['https://huggingface.co/ada/model', 'ada/model', undefined],
    ['https://hf.co/ada/model/', 'ada/model', undefined],
    ['https://huggingface.co/ada/model/tree/dev', 'ada/model', 'dev'],
    ['https://huggingface.co/ada/model/blob/main/model.safetensors?download=true', 'ada/model', 'main'],
    ['https://huggingface.co/ada/model/discussions/4', 'ada/model', undefined],
  ])('%j', (text, id, revision) => {
    expect(parseRepositoryName(text)).toEqual({ id, revision });
  });

  it.each([
    '',
    'model',
    'a/b/c',
    '../model',
    'ada/..',
    'ada/mo--del',
    'ada/mo..del',
    'ada/model@',
    'ada/model@../main',
    'ada/model@-x',
    'ada/mo del',
    'ada/model?x=1',
    'https://example.org/ada/model',
    'https://huggingface.co/ada',
    'https://huggingface.co/datasets/ada/pictures',
    'file:///etc/passwd',
  ])('is not %j, and the error quotes it', (text) => {
    const refused = () => parseRepositoryName(text);
    expect(refused).toThrow(HubError);
    const wrong = text.split('@')[1] ?? text;
    expect(refused).toThrow(wrong === '' ? '“”' : wrong);
  });
});
