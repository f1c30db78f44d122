/** The choices of a run, made over real models and checked before anything starts. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorReport } from '../../../sidecar/engine/error-report';
import { ModelLibrary } from '../../../sidecar/engine/model-library';
import { Providers } from '../../../sidecar/engine/providers';
import { movedTo, planRun, type RunPlan } from '../../../sidecar/engine/run-plan';
import { movedToCpu } from '../../../sidecar/engine/execution-choice';
import type { GenerateRequest } from '../../../sidecar/protocol';
import { writeTinyModel } from '../../e2e/tiny-model';
import { inEnglish } from '../../../sidecar/protocol/sentence';
import { EMBEDDED, SHIPPED_MODELS } from '../../fixtures/embedded-model';

const ROOT = path.join(__dirname, '../../..');

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'zipar-plan-'));
  cpSync(path.join(ROOT, 'test/golden/llamagen-t2i'), path.join(folder, 'captions'), { recursive: true });
  mkdirSync(path.join(folder, 'imagenet'));
  await writeTinyModel(path.join(folder, 'imagenet'), 'tiny');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const PROVIDERS = new Providers(() => Promise.resolve({ kind: 'answers' }), ['cpu', 'webgpu']);

/** Plans a run of the embedded model, or of a model in the folder. */
async function plan(request: Partial<GenerateRequest> = {}, name?: string): Promise<RunPlan> {
  const library = new ModelLibrary(SHIPPED_MODELS);
  const model = await library.find(name === undefined ? undefined : path.join(folder, name));
  const condition = { kind: 'prompt', prompt: 'mountains at night' } as const;
  return planRun({ condition, provider: 'cpu', ...request }, model, PROVIDERS);
}

describe('a plan', () => {
  it('has every choice, from the request and from the model’s defaults', async () => {
    const { settings, job, grid, patch, rasterSteps, steps, notices } = await plan({ seed: 7, topK: 5 });
    expect(settings).toMatchObject({
      provider: 'cpu',
      seed: 7,
      topK: 5,
      greedy: false,
      decoder: 'zipar',
      condition: { kind: 'prompt', prompt: 'mountains at night' },
    });
    expect(settings.temperature).toBeGreaterThan(0);
    expect(settings.guidance).toBe(job.guidance);
    expect([grid, rasterSteps, patch]).toEqual([
      EMBEDDED.grid,
      EMBEDDED.cells,
      EMBEDDED.image.width / EMBEDDED.grid.width,
    ]);
    expect(steps.least).toBe(steps.most);
    expect(steps.least).toBeLessThan(rasterSteps);
    expect([job.withImage, notices]).toEqual([true, []]);
  });

  it('draws a seed where the request has none', async () => {
    const seeds = [await plan(), await plan()].map(({ settings }) => settings.seed);
    expect(new Set(seeds).size).toBe(2);
  });

  it('has bounds for its steps where rows may wait', async () => {
    const { steps, rasterSteps } = await plan({ decoder: 'zipar-adaptive' });
    expect(steps.least).toBeLessThan(steps.most);
    expect(steps.most).toBe(rasterSteps);
  });

  it('for tokens only has no picture', async () => {
    const { patch, job } = await plan({ tokensOnly: true });
    expect([patch, job.withImage]).toEqual([0, false]);
  });

  it('tells which words the model does not know, and goes on with the rest', async () => {
    const { notices } = await plan({ condition: { kind: 'prompt', prompt: 'xyzzy mountains' } });
    expect(notices.map(inEnglish)).toEqual([expect.stringContaining('xyzzy')]);
  });

  it('names the class of a class-conditional model', async () => {
    const { settings } = await plan({ condition: { kind: 'class', label: 1 } }, 'imagenet');
    expect(settings).toMatchObject({ condition: { kind: 'class', label: 1 }, className: 'goldfish' });
  });

  it('moves to another provider and keeps every other choice', async () => {
    const before = await plan({ provider: 'webgpu', seed: 7 });
    const after = movedTo(movedToCpu('WebGPU failed.', before.execution), before);
    expect([before.settings.provider, after.settings.provider]).toEqual(['webgpu', 'cpu']);
    expect(after.job.execution.provider).toBe('cpu');
    expect(after.execution.described.reason).toBe('WebGPU failed.');
    expect({ ...after.settings, provider: 'webgpu' }).toEqual(before.settings);
  });
});

/** The code that a client gets for a refusal. */
function codeOf(refusal: Promise<unknown>): Promise<string> {
  return refusal.then(
    () => 'none',
    (error: unknown) => errorReport(error).code,
  );
}

describe('a request is refused', () => {
  it.each([
    [{ guidance: -1 }, 'Guidance -1 is outside 0..100; 1 means none.'],
    [{ guidance: NaN }, 'Guidance NaN is outside 0..100; 1 means none.'],
    [
      { provider: 'coreml' },
      'Provider "coreml" is not part of this ONNX Runtime; choose one of auto, cpu, webgpu.',
    ],
    [{ condition: { kind: 'class', label: 3 } }, 'takes a prompt in words, not a class.'],
  ] as const)('that cannot be carried out: %j', async (request, message) => {
    const refusal = plan(request);
    await expect(refusal).rejects.toThrow(message);
    expect(await codeOf(refusal)).toBe('bad-request');
  });

  it.each([{ temperature: 0 }, { topP: 0 }, { topP: 2 }, { decoder: 'none' }] as object[])(
    'with a value out of range: %j',
    async (request) => {
      await expect(plan(request as Partial<GenerateRequest>)).rejects.toThrow();
    },
  );

  it('for a class that the model does not have', async () => {
    const refusal = plan({ condition: { kind: 'class', label: 1000 }, tokensOnly: true }, 'imagenet');
    await expect(refusal).rejects.toThrow('Class 1000 is outside 0..999 of tiny.');
  });

  it('for a prompt where no text encoder is, with what to do', async () => {
    const refusal = plan({ tokensOnly: true }, 'captions');
    expect(await codeOf(refusal)).toBe('bad-request');
    await expect(refusal).rejects.toThrow(/not a prompt\. To give it prompts, add its text encoder: /);
  });

  it('for a picture where the model has no image decoder', async () => {
    await expect(plan({ condition: { kind: 'class', label: 1 } }, 'captions')).rejects.toThrow(
      /image decoder/,
    );
  });
});
