import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseExecution, type ExecutionRequest } from '../../../sidecar/engine/execution-choice';
import { ProviderFailure } from '../../../sidecar/engine/provider-failure';
import type { Proof, ProofDepth } from '../../../sidecar/engine/provider-proof';
import { Providers } from '../../../sidecar/engine/providers';
import { RequestError } from '../../../sidecar/engine/request-error';
import { readModelFolder, type ModelFolder } from '../../../sidecar/model/model-folder';
import { inEnglish } from '../../../sidecar/protocol/sentence';
import { transformerShapes } from '../../checkpoints/llamagen-shapes';
import { writeSparseSafetensors } from '../../checkpoints/sparse-safetensors';

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

describe('a matrix that may be too large for a tensor of the device', () => {
  const MB = 1 << 20;
  let folder: string;
  let large: ModelFolder;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'zipar-large-'));
    // Matrices of 600 MB (the output layer), 300 MB (three a layer), 24 MB and 8 MB, all of them holes in a file.
    const size = { layers: 1, dim: 1 << 10, heads: 16, hidden: 75 << 10, vocab: 150 << 10 };
    await writeSparseSafetensors(path.join(folder, 'c2i_B_256.safetensors'), transformerShapes(size));
    const manifest = { format: 'zipar-model', version: 1, family: 'llamagen', transformer: { heads: 16 } };
    writeFileSync(path.join(folder, 'zipar-model.json'), JSON.stringify(manifest));
    large = await readModelFolder(folder);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** The limit that is chosen on a device that holds tensors of `holds` bytes, and the checks that were made. */
  async function limitOf(holds: number, request: ExecutionRequest): Promise<[number | undefined, string[]]> {
    const asked: string[] = [];
    const prove = (_: string, depth: ProofDepth): Promise<Proof> => {
      asked.push(depth);
      const bytes = Number.parseInt(depth, 10);
      return Promise.resolve(bytes > holds ? REFUSED : { kind: 'answers' });
    };
    const { options } = await chooseExecution(request, large, new Providers(prove, ['cpu', 'webgpu']));
    return [options.tensorBytes, asked];
  }

  const stored = { provider: 'webgpu', precision: 'stored' } as const;
  it.each([
    ['all fit', 4000, stored, 600, ['answer', `${600 * MB} bytes`]],
    ['the largest does not', 400, stored, 300, ['answer', `${600 * MB} bytes`, `${300 * MB} bytes`]],
    ['none does', 200, stored, 128, ['answer', `${600 * MB} bytes`, `${300 * MB} bytes`]],
    ['in 8 bits, one is tried', 200, { ...stored, precision: 'int8' }, 150, ['answer', `${150 * MB} bytes`]],
    ['the CPU has no limit', 200, { ...stored, provider: 'cpu' }, undefined, []],
  ] as const)('is checked on that device: %s', async (_, holds, request, limit, checks) => {
    const [bytes, asked] = await limitOf(holds * MB, request);
    expect([bytes, asked]).toEqual([limit === undefined ? undefined : limit * MB, checks]);
  });
});
