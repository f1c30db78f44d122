import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { memoryNeed } from '../../../sidecar/engine/memory-need';
import { isOutOfMemory, memoryAdvice } from '../../../sidecar/engine/out-of-memory';
import { Providers } from '../../../sidecar/engine/providers';
import { readModelFolder } from '../../../sidecar/model/model-folder';
import { inEnglish } from '../../../sidecar/protocol/sentence';

describe('an out-of-memory message', () => {
  it.each([
    'std::bad_alloc',
    'bad allocation',
    'Failed to allocate memory for requested buffer of size 4831838208',
    'CUDA failure 2: out of memory',
    'vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY',
    'D3D12 create resource failed with E_OUTOFMEMORY (0x8007000E)',
    'Buffer size (5368709120) exceeds the max buffer size limit (4294967292).',
    'Array buffer allocation failed',
  ])('is recognised: %s', (message) => {
    expect(isOutOfMemory(message)).toBe(true);
  });

  it.each(['device lost', 'No supported adapters', 'Non-zero status code returned while running Gemm node'])(
    'is not everything: %s',
    (message) => {
      expect(isOutOfMemory(message)).toBe(false);
    },
  );
});

describe('the advice', () => {
  it('counts weights, and counts keys and values twice with guidance', async () => {
    const model = await readModelFolder(path.join(__dirname, '../../golden/llamagen-c2i'));
    // Bytes of a half: 3 layers of 65 positions of 64 float32 keys and as many values.
    const half = 3 * 65 * 64 * 2 * 4;
    const stored = await memoryNeed(model, 'stored', 1);
    expect(stored.cache).toBe(half);
    expect((await memoryNeed(model, 'stored', 4)).cache).toBe(2 * half);
    expect((await memoryNeed(model, 'int4', 1)).weights).toBeLessThan(stored.weights / 2);
  });

  it('names the needed and the available memory, and what would help', async () => {
    const providers = new Providers(() => Promise.reject(new Error('not asked')), ['cpu']);
    const advice = await memoryAdvice({ weights: 14e9, cache: 0.5e9 }, 'cpu', providers);
    expect(advice && inEnglish(advice)).toMatch(
      /^The model needs at least 15 GB \(14 GB of weights, 500 MB of keys and values\); \d[\d.]* [GM]B are free\. Choose a smaller model or less precision, or end other programs\.$/,
    );
  });
});
