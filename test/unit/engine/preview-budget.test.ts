import { describe, expect, it } from 'vitest';
import { PreviewBudget } from '../../../sidecar/engine/preview-budget';

/** Runs a decode of so many steps and returns the share of its time that previews took. */
function shareOfPreviews(
  budget: PreviewBudget,
  steps: number,
  stepMs: number,
  previewMs: number,
): { share: number; count: number } {
  let spent = 0;
  let count = 0;
  for (let step = 1; step <= steps; step++) {
    if (!budget.allows(step * stepMs)) continue;
    budget.begin(step * stepMs);
    budget.end(previewMs);
    spent += previewMs;
    count++;
  }
  return { share: spent / (steps * stepMs), count };
}

describe('the budget of previews', () => {
  it.each([
    [2000, 10, 5],
    [2000, 10, 20],
    [1000, 100, 900],
  ])(
    'is at most about a hundredth of the run: %i steps of %i ms, previews of %i ms',
    (steps, stepMs, previewMs) => {
      const { share, count } = shareOfPreviews(new PreviewBudget(100), steps, stepMs, previewMs);
      expect(share).toBeLessThanOrEqual(0.0101);
      expect(count).toBeGreaterThan(0);
    },
  );

  it('keeps the chosen rate when there is time for it', () => {
    expect(shareOfPreviews(new PreviewBudget(1000), 1000, 10, 1).count).toBe(9);
  });

  it('is nothing when previews are off, or while one is being made', () => {
    expect(shareOfPreviews(new PreviewBudget(0), 1000, 10, 1).count).toBe(0);
    const budget = new PreviewBudget(10);
    budget.begin(5000);
    expect(budget.allows(9000)).toBe(false);
  });
});
