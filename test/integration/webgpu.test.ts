/** Tests the WebGPU provider on a software Vulkan: the code path of a GPU, without its speed. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { GenerateRequest } from '../../sidecar/protocol';
import { proverInProcess } from '../../sidecar/engine/provider-proof';
import { describeGolden } from './golden-suite';
import { SidecarProcess, type Client } from './sidecar-process';
import { softwareVulkan } from './software-vulkan';
import { runZipar } from './zipar-process';
import { SMALL_MODEL } from '../fixtures/small-model';

/** Generous time limit, because a software GPU is slow. */
const PATIENCE_MS = 900_000;
vi.setConfig({ testTimeout: PATIENCE_MS });

const environment = softwareVulkan();
const GOLDEN = path.join(__dirname, '../golden');

describe.skipIf(!environment)('on WebGPU', () => {
  // Vulkan's loader reads the environment of this process. No other test file runs in the process.
  beforeAll(() => {
    Object.assign(process.env, environment);
  });

  // Every window is compared on the CPU. Here a step takes many times as long, so a few stand for all.
  describeGolden({ provider: 'webgpu', threads: 1 }, [null, 2, 5]);

  describe('the command', () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'zipar-webgpu-'));
    });
    afterAll(() => {
      rmSync(folder, { recursive: true });
    });

    it.each(['model.pt', 'model.safetensors'])('gives the reference tokens from %s', async (file) => {
      const { runs } = JSON.parse(readFileSync(path.join(GOLDEN, 'llamagen-c2i/golden.json'), 'utf8')) as {
        runs: { decoder: string; window: number; cfg_scale: number; tokens: number[]; forwards: number }[];
      };
      const expected = runs.find(({ decoder, cfg_scale }) => decoder === 'zipar' && cfg_scale > 1);
      if (!expected) throw new Error('golden.json has no guided run of ZipAR');
      const { code, stdout, stderr } = await runZipar(folder, [
        ...['generate', '--model', path.join(GOLDEN, 'llamagen-c2i', file), '--class', '3', '--greedy'],
        ...['--window', String(expected.window), '--cfg', String(expected.cfg_scale)],
        ...['--first-row', 'sequential', '--stand-in', 'reference', '--tokens-only', '--json'],
        ...['--provider', 'webgpu', '--on-provider-failure', 'error'],
      ]);
      expect(stderr).toBe('');
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        provider: 'webgpu',
        tokens: expected.tokens,
        steps: expected.forwards,
      });
    });

    it('appears in the doctor as correct, with the reason why auto does not use it', async () => {
      const { code, stdout } = await runZipar(folder, ['doctor']);
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /WebGPU: [\d.]+ times slower than the CPU in its check \(a software renderer\?\)/,
      );
      expect(stdout).toMatch(/"auto" computes on cpu\. WebGPU: not used/);
    });
  });

  it('is asked in a process of its own which tensors its device holds', async () => {
    // SwiftShader holds 1 GiB in a buffer.
    const prove = proverInProcess(path.join(__dirname, '../../dist/provider-proof.js'));
    expect(await prove('webgpu', `${200 << 20} bytes`)).toEqual({ kind: 'answers' });
    expect(await prove('webgpu', `${1200 * 2 ** 20} bytes`)).not.toMatchObject({ kind: 'answers' });
  });

  describe('a small model', () => {
    let sidecar: SidecarProcess;
    let client: Client;
    beforeAll(async () => {
      sidecar = await SidecarProcess.start();
      client = await sidecar.connect(PATIENCE_MS);
    });
    afterAll(() => sidecar.kill());

    it('draws the same tokens as on the CPU, and almost the same picture', async () => {
      const request = {
        ...{ model: SMALL_MODEL, seed: 5, decoderSettings: { window: 1 } },
        onProviderFailure: 'error',
      } as const;
      const [cpu, webgpu] = [
        await draw({ ...request, provider: 'cpu' }),
        await draw({ ...request, provider: 'webgpu' }),
      ];
      expect(webgpu.tokens).toEqual(cpu.tokens);
      const errors = webgpu.rgb.map((value, i) => Math.abs(value - (cpu.rgb[i] ?? NaN)));
      expect(errors.length).toBe(3 * 128 * 128);
      expect(Math.max(...errors)).toBeLessThanOrEqual(1);
    });

    async function draw(request: Partial<GenerateRequest>): Promise<{ tokens: number[]; rgb: number[] }> {
      const { runId, leastSteps, settings } = await client.generate(request);
      expect(settings.provider).toBe(request.provider);
      const { snapshot } = await client.nextFrame(
        'snapshot',
        (frame) => frame.snapshot.runId === runId && frame.snapshot.step === leastSteps,
      );
      const { picture } = await client.nextFrame(
        'picture',
        (frame) => frame.picture.runId === runId && frame.picture.step === leastSteps,
      );
      return { tokens: [...snapshot.tokens], rgb: [...picture.rgb] };
    }
  });
});
