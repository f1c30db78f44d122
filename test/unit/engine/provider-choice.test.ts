import { describe, expect, it } from 'vitest';
import {
  describeVerdict,
  fastestProvider,
  type PassWork,
  type Verdict,
} from '../../../sidecar/engine/provider-choice';
import { inEnglish } from '../../../sidecar/protocol';
import type { LayerTimes } from '../../../sidecar/engine/provider-proof';

/** The sizes of LlamaGen-L. `SMALL_MODEL` is about a hundred times smaller. */
const LARGE_MODEL = { layers: 24, layerBytes: 50e6 };
const SMALL_MODEL = { layers: 6, layerBytes: 2e6 };
/** Times of a graphics device, which waits a moment for each operator and then reads weights ten times as fast. */
const DEVICE: LayerTimes = { small: 1, large: 2 };
const CPU: LayerTimes = { small: 0.2, large: 10 };

function right(times: LayerTimes, cpu = CPU): Verdict {
  return { kind: 'right', error: 1e-6, times, cpu };
}

/** The choice between WebGPU and the CPU, with its reason in English. */
function chosen(work: PassWork, verdict: Verdict): { provider: string; reason: string } {
  const { provider, reason } = fastestProvider(work, [['webgpu', verdict]]);
  return { provider, reason: inEnglish(reason) };
}

describe('auto', () => {
  it('takes a device for a large model and the CPU for a small one, and says how long a step takes', () => {
    expect(chosen(LARGE_MODEL, right(DEVICE))).toEqual({
      provider: 'webgpu',
      reason: 'WebGPU: about 47 ms a step with this model, the CPU 234 ms.',
    });
    expect(chosen(SMALL_MODEL, right(DEVICE))).toEqual({
      provider: 'cpu',
      reason: 'WebGPU: not used, about 6.2 ms a step with this model, the CPU 3.3 ms.',
    });
  });

  it('takes the fastest of several', () => {
    const verdicts = [
      ['dml', right({ small: 1, large: 3 })],
      ['webgpu', right(DEVICE)],
    ] as const;
    expect(fastestProvider(LARGE_MODEL, verdicts).provider).toBe('webgpu');
  });

  it('stays with the CPU if a device is hardly faster', () => {
    const close = right({ small: 0.19, large: 9 });
    expect(fastestProvider(LARGE_MODEL, [['webgpu', close]]).provider).toBe('cpu');
  });

  it('leaves an image decoder without a transformer to the CPU', () => {
    expect(fastestProvider(undefined, [['webgpu', right(DEVICE)]]).provider).toBe('cpu');
  });

  it.each<readonly [Verdict, string]>([
    [
      right({ small: 40, large: undefined }, { small: 0.25, large: undefined }),
      'WebGPU: not used, 160 times slower than the CPU in its check (a software renderer?).',
    ],
    [
      { kind: 'wrong', error: 0.3 },
      'WebGPU: not used, its check gave wrong numbers (largest error 0.3 of the largest value).',
    ],
    [{ kind: 'wrong', error: NaN }, 'WebGPU: not used, its check gave values that are no numbers.'],
    [{ kind: 'silent', stage: 'answer', seconds: 20 }, 'WebGPU: not used, no answer within 20 s.'],
    [
      { kind: 'silent', stage: 'numbers', seconds: 20 },
      'WebGPU: not used, its check was not done within 20 s (a software renderer, or a driver that hangs?).',
    ],
    [
      { kind: 'crashed', how: 'signal SIGSEGV' },
      'WebGPU: not used, the process of its check ended with signal SIGSEGV.',
    ],
    [
      { kind: 'absent', message: 'this machine has no Vulkan driver' },
      'WebGPU: not used, this machine has no Vulkan driver.',
    ],
    [
      {
        kind: 'refused',
        message:
          '/src/webgpu_context.cc:136 Initialize(const Config&)::<lambda()> result.status == Success was false. Failed to get a WebGPU adapter: No supported adapters\n',
      },
      'WebGPU: not used, it could not be opened (Failed to get a WebGPU adapter: No supported adapters).',
    ],
    [
      { kind: 'failed', message: 'WebGPU failed in step 3: device lost.' },
      'WebGPU: not used, it failed before and is tried again when the hardware is checked (WebGPU failed in step 3: device lost).',
    ],
  ])('stays with the CPU, and says why: %o', (verdict, reason) => {
    expect(chosen(LARGE_MODEL, verdict)).toEqual({ provider: 'cpu', reason });
  });
});

describe('the verdict on a provider', () => {
  it.each([
    [{ small: 83, large: 915 }, '125 times slower than the CPU in its check (a software renderer?)'],
    [{ small: 1, large: 14.6 }, '2.0 times slower than the CPU in its check'],
  ])('suspects a program where it is much slower than the CPU: %j', (times, words) => {
    expect(inEnglish(describeVerdict(right(times, { small: 2.3, large: 7.3 })))).toBe(words);
  });
});
