import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { chooseExecution } from '../../../sidecar/engine/execution-choice';
import { ProviderFailure } from '../../../sidecar/engine/provider-failure';
import type { Proof, ProofDepth } from '../../../sidecar/engine/provider-proof';
import { Providers } from '../../../sidecar/engine/providers';
import { RequestError } from '../../../sidecar/engine/request-error';
import { readModelFolder, type ModelFolder } from '../../../sidecar/model/model-folder';
import { inEnglish } from '../../../sidecar/protocol/sentence';

const RIGHT: Proof = {
  kind: 'right',
  error: 0,
  times: { small: 0.01, large: 1 },
  cpu: { small: 1, large: 10 },
};
const REFUSED: Proof = { kind: 'refused', message: 'No supported adapters' };

let model: ModelFolder;
beforeAll(async () => {
  model = await readModelFolder(path.join(__dirname, '../../golden/llamagen-c2i'));
});

/** Providers whose WebGPU has the given proof, and the list of proofs that were requested. */
function providersThat(proof: Proof): { providers: Providers; asked: ProofDepth[] } {
  const asked: ProofDepth[] = [];
  const prove = (_: string, depth: ProofDepth): Promise<Proof> => {
    asked.push(depth);
    return Promise.resolve(proof);
  };
  return { providers: new Providers(prove, ['cpu', 'webgpu']), asked };
}

describe('auto', () => {
  it('trusts a provider that proved correct, and tests it once', async () => {
    const { providers, asked } = providersThat(RIGHT);
    for (let i = 0; i < 2; i++)
      expect((await chooseExecution({}, model, providers)).options.provider).toBe('webgpu');
    expect(asked).toEqual(['full']);
  });

  it('needs no notice to stay with the CPU, only a reason', async () => {
    const { options, described, notices } = await chooseExecution(
      {},
      model,
      providersThat(REFUSED).providers,
    );
    expect([options.provider, notices]).toEqual(['cpu', []]);
    expect(described.reason).toContain('No supported adapters');
  });

  it('does not trust a provider that failed in a run, until the user asks to try again', async () => {
    const { providers, asked } = providersThat(RIGHT);
    await chooseExecution({}, model, providers);
    providers.reportFailure('webgpu', 'device lost');
    expect((await chooseExecution({}, model, providers)).options.provider).toBe('cpu');
    providers.forget();
    expect((await chooseExecution({}, model, providers)).options.provider).toBe('webgpu');
    expect(asked).toEqual(['full', 'full']);
  });
});

describe('a provider that the user names', () => {
  it('only has to answer, however slow it is', async () => {
    const { providers, asked } = providersThat({ kind: 'answers' });
    expect((await chooseExecution({ provider: 'webgpu' }, model, providers)).options.provider).toBe('webgpu');
    expect(asked).toEqual(['answer']);
  });

  it('that does not answer is replaced by the CPU, with a notice', async () => {
    const { providers } = providersThat({ kind: 'silent', stage: 'answer', seconds: 20 });
    const { options, notices } = await chooseExecution({ provider: 'webgpu' }, model, providers);
    expect(options.provider).toBe('cpu');
    expect(notices.map(inEnglish)).toEqual([
      'WebGPU: not used, no answer within 20 s. The CPU is used instead.',
    ]);
  });

  it('that does not answer is an error if the user chose that', async () => {
    const { providers } = providersThat(REFUSED);
    const request = { provider: 'webgpu', onProviderFailure: 'error' } as const;
    await expect(chooseExecution(request, model, providers)).rejects.toThrow(ProviderFailure);
  });

  it('is refused if ONNX Runtime was built without it, whatever the fallback is', async () => {
    const { providers, asked } = providersThat(RIGHT);
    await expect(chooseExecution({ provider: 'coreml' }, model, providers)).rejects.toThrow(RequestError);
    expect(asked).toEqual([]);
  });
});
