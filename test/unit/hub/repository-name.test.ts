import { describe, expect, it } from 'vitest';
import { HubError } from '../../../sidecar/hub/hub-error';
import { parseRepositoryName } from '../../../sidecar/hub/repository-name';

const HF = 'https://huggingface.co/ada/model';

describe('the name of a repository', () => {
  it.each([
    ['FoundationVision/LlamaGen', 'FoundationVision/LlamaGen', undefined],
    ['  peizesun/llamagen_t2i ', 'peizesun/llamagen_t2i', undefined],
    ['ada/model/', 'ada/model', undefined],
    ['ada/model@v1.0', 'ada/model', 'v1.0'],
    ['ada/model@refs/pr/3', 'ada/model', 'refs/pr/3'],
    [HF, 'ada/model', undefined],
    ['https://hf.co/ada/model/', 'ada/model', undefined],
    ['hf.co/ada/model', 'ada/model', undefined],
    ['huggingface.co/ada/model/tree/dev', 'ada/model', 'dev'],
    ['HTTPS://HuggingFace.co//ada//model//', 'ada/model', undefined],
    [`${HF}#usage`, 'ada/model', undefined],
    [`${HF}?library=x`, 'ada/model', undefined],
    [`${HF}/tree/dev`, 'ada/model', 'dev'],
    [`${HF}/tree/main/`, 'ada/model', 'main'],
    [`${HF}/tree/refs%2Fpr%2F3`, 'ada/model', 'refs/pr/3'],
    [`${HF}/tree/refs/pr/3`, 'ada/model', 'refs/pr/3'],
    [`${HF}/tree/feature%2Fx`, 'ada/model', 'feature/x'],
    [`${HF}/commit/${'0'.repeat(40)}`, 'ada/model', '0'.repeat(40)],
    [`${HF}/commits/main`, 'ada/model', 'main'],
    [`${HF}/discussions/4`, 'ada/model', undefined],
    [`${HF}.git`, 'ada/model', undefined],
    ['https://ada:hf_secret@huggingface.co/ada/model.git', 'ada/model', undefined],
    ['git clone https://huggingface.co/ada/model', 'ada/model', undefined],
    ['git@hf.co:ada/model.git', 'ada/model', undefined],
    ['ssh://git@hf.co/ada/model', 'ada/model', undefined],
    ['hf://ada/model', 'ada/model', undefined],
    ['hf://ada/model@dev', 'ada/model', 'dev'],
    ['hf://models/ada/model', 'ada/model', undefined],
    ['https://huggingface.co/api/models/ada/model/revision/dev', 'ada/model', 'dev'],
  ])('%j', (text, id, revision) => {
    expect(parseRepositoryName(text)).toEqual({ id, revision, path: undefined });
  });

  it.each([
    [`${HF}/blob/main/model.safetensors`, 'main', 'model.safetensors'],
    [`${HF}/blob/main/model.safetensors?download=true#L3`, 'main', 'model.safetensors'],
    [`${HF}/resolve/v1.0/sub/model.pt?download=true`, 'v1.0', 'sub/model.pt'],
    [`${HF}/raw/refs%2Fpr%2F3/a.json`, 'refs/pr/3', 'a.json'],
    [`${HF}/resolve/refs/pr/3/a.json`, 'refs/pr/3', 'a.json'],
    [`${HF}/blob/main/with%20space%23.pt`, 'main', 'with space#.pt'],
    [`${HF}/tree/main/sub/folder/`, 'main', 'sub/folder'],
    [`${HF}/tree/main/sub%2Ffolder`, 'main', 'sub/folder'],
    ['hf://ada/model/sub/a.pt', undefined, 'sub/a.pt'],
    ['hf://ada/model@refs%2Fpr%2F3/a.pt', 'refs/pr/3', 'a.pt'],
    ['hf://ada/model@refs/pr/3/a.pt', 'refs/pr/3', 'a.pt'],
    ['hf://ada/model@dev/tree/a.pt', 'dev', 'tree/a.pt'],
  ])('%j names a part of it', (text, revision, path) => {
    expect(parseRepositoryName(text)).toEqual({ id: 'ada/model', revision, path });
  });

  it('is read from the pages of the hub that is asked, as well', () => {
    const named = { id: 'ada/model', revision: 'main', path: 'a.pt' };
    const [mirror, deep] = ['https://mirror.example:8443', 'http://mirror.example/hf/'];
    expect(parseRepositoryName(`${mirror}/ada/model/blob/main/a.pt`, mirror)).toEqual(named);
    expect(parseRepositoryName('http://mirror.example/hf/ada/model/blob/main/a.pt', deep)).toEqual(named);
    expect(parseRepositoryName(`${HF}/blob/main/a.pt`, mirror)).toEqual(named);
    expect(() => parseRepositoryName('http://mirror.example/ada/model', deep)).toThrow(HubError);
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
    'https://huggingface.co.example.org/ada/model',
    'https://huggingface.co:8080/ada/model',
    'https://huggingface.co/ada',
    'https://huggingface.co/models',
    'https://huggingface.co/ada/%E0%A4%A',
    'https://huggingface.co/ada%2Fmodel/x',
    'https://huggingface.co/datasets/ada/pictures',
    'https://hf.co/spaces/ada/drawing/blob/main/app.py',
    'hf://datasets/ada/pictures/a.parquet',
    'datasets/ada/pictures',
    'spaces/ada/drawing',
    'file:///etc/passwd',
  ])('is not %j, and the error quotes it', (text) => {
    const refused = () => parseRepositoryName(text);
    expect(refused).toThrow(HubError);
    const wrong = text.includes('://') ? text : (text.split('@')[1] ?? text);
    expect(refused).toThrow(wrong === '' ? '“”' : wrong);
  });

  it.each([
    'https://ada:hf_secret@huggingface.co/ada',
    'git clone https://hf_secret@example.org/a/b',
    'ada:hf_secret@hf.co/ada',
  ])('is not %j, and the error does not repeat what may be a token', (text) => {
    const refused = (): unknown => parseRepositoryName(text);
    expect(refused).toThrow(/is no model on Hugging Face/);
    expect(refused).not.toThrow(/hf_secret/);
  });
});
