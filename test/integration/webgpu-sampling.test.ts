/** Tokens are drawn, and keys and values are kept, on the device: the WebGPU provider on a software Vulkan. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DecodedOnBoth, Findings, Traffic } from './webgpu-sampling-program';

const ROOT = path.join(__dirname, '../..');
const PROGRAM = path.join(ROOT, 'dist/webgpu-sampling-program.cjs');
/** SwiftShader, as Debian's chromium installs it, or the driver that is already named. */
const DRIVER = process.env.VK_ICD_FILENAMES ?? '/usr/lib/chromium/vk_swiftshader_icd.json';
const PATIENCE_MS = 900_000;

const hasDriver = existsSync(DRIVER);
if (!hasDriver) console.warn(`WebGPU is not tested: there is no Vulkan driver ${DRIVER}.`);

async function findings(): Promise<Findings> {
  buildSync({
    entryPoints: [path.join(__dirname, 'webgpu-sampling-program.ts')],
    outfile: PROGRAM,
    bundle: true,
    platform: 'node',
    target: 'node20',
    external: ['onnxruntime-node'],
    logLevel: 'warning',
  });
  const child = spawn(process.execPath, [PROGRAM], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { XDG_RUNTIME_DIR: tmpdir(), ...process.env, VK_ICD_FILENAMES: DRIVER },
  });
  let printed = '';
  child.stdout.on('data', (data: Buffer) => (printed += data.toString()));
  await new Promise((resolve) => child.on('close', resolve));
  return JSON.parse(printed) as Findings;
}

/** Runs of the transformer's session after the prompt's step, and of the sampler's session. */
function afterPrompt({ traffic }: DecodedOnBoth): readonly Traffic[] {
  const isOf = (name: string) => (one: Traffic) => name in one.up;
  const second = traffic.findIndex(
    (one, i) => isOf('tokens')(one) && traffic.slice(0, i).some(isOf('tokens')),
  );
  return traffic.slice(second);
}

function names(bytes: readonly Readonly<Record<string, number>>[]): Set<string> {
  return new Set(bytes.flatMap((one) => Object.keys(one)));
}

function total(bytes: readonly Readonly<Record<string, number>>[]): number {
  return bytes.flatMap((one) => Object.values(one)).reduce((a, b) => a + b, 0);
}

describe.skipIf(!hasDriver)('on WebGPU', () => {
  let found: Findings;
  beforeAll(async () => {
    found = await findings();
  }, PATIENCE_MS);

  it('draws what the host draws from the same logits', () => {
    expect(found.draws.differing).toEqual([]);
    expect(found.draws.cells).toBe(4 * 9 * 4 * 3);
    expect(found.draws.undecided).toBeLessThan(0.03);
    expect(found.draws.probabilityError).toBeLessThan(1e-4);
    expect(found.draws.entropyError).toBeLessThan(1e-4);
  });

  it('runs every operator of the draw, its noise included', () => {
    expect(found.samplerProviders.length).toBeGreaterThan(60);
    const elsewhere = found.samplerProviders.filter(([, provider]) => provider !== 'WebGpuExecutionProvider');
    expect(elsewhere).toEqual([]);
  });

  it('makes the picture of the plain decoder with a lookahead, in fewer steps', () => {
    const looking = found.runs.filter(({ what }) => what.includes('lookahead'));
    expect(looking).toHaveLength(2);
    for (const { what, onDevice, onCpu, passes } of looking) {
      expect(onDevice, what).toEqual(onCpu);
      expect(passes, what).toBeLessThan(onCpu.length);
    }
  });

  it('decodes the tokens that the CPU decodes', () => {
    for (const { what, onDevice, onCpu } of found.runs) expect(onDevice, what).toEqual(onCpu);
  });

  it('fetches a token, its probability, its entropy and its certainty for each cell, and nothing else', () => {
    for (const run of found.runs.filter(({ what }) => !what.includes('adaptive'))) {
      const down = run.traffic.map((one) => one.down);
      expect(names(down), run.what).toEqual(new Set(['hidden', 'choices']));
      // A lookahead draws for cells that are not final, too.
      if (!run.what.includes('lookahead'))
        expect(total(down.filter((one) => 'choices' in one))).toBe(4 * 4 * run.onDevice.length);
    }
  });

  it('fetches logits only where row starts are judged, and never keys and values', () => {
    const adaptive = found.runs.find(({ what }) => what.includes('adaptive'));
    expect(names(adaptive?.traffic.map(({ down }) => down) ?? [])).toEqual(
      new Set(['hidden', 'choices', 'on_host']),
    );
  });

  it('gets tokens, positions and sampling settings, and no keys and values after the prompt', () => {
    for (const run of found.runs) {
      const fed = names(afterPrompt(run).map(({ up }) => up));
      expect(
        [...fed].filter((name) => /key|value|past$|recent|logits|mask/.test(name)),
        run.what,
      ).toEqual([]);
      expect(fed).toContain('tokens');
      expect(fed).toContain('noise_first');
    }
  });
});
