/** Tests the families of prompted models on a software Vulkan: the code path of a GPU, without its speed. */
import { beforeAll, describe, vi } from 'vitest';
import { describeGoldenFamilies, GOLDEN_MODELS } from './family-golden-suite';
import { describeRar } from './rar-suite';
import { softwareVulkan } from './software-vulkan';

/** Generous time limit, because a software GPU is slow. */
const PATIENCE_MS = 900_000;
vi.setConfig({ testTimeout: PATIENCE_MS });

const environment = softwareVulkan();

describe.skipIf(!environment)('on WebGPU', () => {
  // Vulkan's loader reads the environment of this process. No other test file runs in the process.
  beforeAll(() => {
    Object.assign(process.env, environment);
  });

  describeGoldenFamilies(
    { provider: 'webgpu', threads: 1 },
    GOLDEN_MODELS.filter(({ naming }) => naming === 'as published'),
    // Each run takes many seconds here. Guided ZipAR has all that the others have: two halves, several tokens a pass.
    ({ decoder, window, cfg_scale: scale, stand_in: standIn, first_row: firstRow }) =>
      decoder === 'zipar' && window === 2 && scale > 1 && standIn !== 'reference' && firstRow === 'windowed',
  );

  describeRar({ provider: 'webgpu', threads: 1 }, ['device']);
});
