import { expect, it } from 'vitest';
import { presentProviders } from '../../../sidecar/benchmark/present-providers';
import type { Proof } from '../../../sidecar/engine/provider-proof';
import { Providers } from '../../../sidecar/engine/providers';
import type { GraphicsDevice } from '../../../sidecar/hardware/graphics-devices';

/** Providers whose WebGPU has the given proof, on a machine with the given devices. */
class ToldProviders extends Providers {
  constructor(
    proof: Proof,
    private readonly told: readonly GraphicsDevice[],
  ) {
    super(() => Promise.resolve(proof), ['cpu', 'webgpu']);
  }

  override devices(): Promise<readonly GraphicsDevice[]> {
    return Promise.resolve(this.told);
  }
}

const GPU = [{ name: 'A GPU', memoryBytes: undefined }];
const times = { small: 1, large: 1 };
const RIGHT: Proof = { kind: 'right', error: 0, times, cpu: times };

it('measures the CPU and each provider that computes rightly on a device', async () => {
  expect(await presentProviders(new ToldProviders(RIGHT, GPU))).toEqual({
    present: ['cpu', 'webgpu'],
    notices: [],
  });
});

it('leaves out a provider that no device or only a renderer in software serves, and says how to measure it', async () => {
  const hopeless: Proof = { ...RIGHT, times: { small: 500, large: undefined } };
  for (const providers of [new ToldProviders(RIGHT, []), new ToldProviders(hopeless, GPU)]) {
    expect(await presentProviders(providers)).toEqual({
      present: ['cpu'],
      notices: [
        'WebGPU: not measured, only a software renderer serves it; --provider webgpu measures it all the same.',
      ],
    });
  }
});

it('leaves out a provider that computes wrongly or not at all, with the reason', async () => {
  const wrong = await presentProviders(new ToldProviders({ kind: 'wrong', error: 0.5 }, GPU));
  expect(wrong.present).toEqual(['cpu']);
  expect(wrong.notices[0]).toContain('its check gave wrong numbers');
});
