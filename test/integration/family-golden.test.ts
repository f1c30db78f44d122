import { describe } from 'vitest';
import { describeGoldenFamilies, GOLDEN_MODELS } from './family-golden-suite';

describeGoldenFamilies({ provider: 'cpu', threads: 1 });

// No matrix of these models has as few bytes as this, so each is computed in parts.
describe('with tensors of 2000 bytes at most', () => {
  describeGoldenFamilies(
    { provider: 'cpu', threads: 1, tensorBytes: 2000 },
    GOLDEN_MODELS.filter(({ naming }) => naming === 'as published'),
    ({ decoder, window, cfg_scale: scale }) => decoder === 'zipar' && window === 2 && scale > 1,
  );
});
