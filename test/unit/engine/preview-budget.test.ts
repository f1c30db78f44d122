import { describe, expect, it } from 'vitest';
import { PreviewBudget } from '../../../sidecar/engine/preview-budget';

/**
 * Runs a decode of the given number of steps. Returns the share of its time that previews took.
 * @param expectedMs known cost of a preview before the first one
 */
function shareOfPreviews(
  everyMs: number,
  steps: number,
  stepMs: number,
  previewMs: number,
  expectedMs = previewMs,
): { share: number; count: number } {
  let known = expectedMs;
  const budget = new PreviewBudget(everyMs, () => known);
  let spent = 0;
  let count = 0;
  for (let step = 1; step <= steps; step++) {
    if (!budget.allows(step * stepMs)) continue;
    budget.begin(step * stepMs);
    budget.end(previewMs);
    known = previewMs;
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
      const { share, count } = shareOfPreviews(100, steps, stepMs, previewMs);
      expect(share).toBeLessThanOrEqual(0.0101);
      expect(count).toBeGreaterThan(0);
    },
  );

  it.each([
    [1072, 30, 7000],
    [1072, 90, 31_000],
    [76, 3, 39],
  ])(
    'draws nothing that the run is too short for: %i steps of %i ms, a preview of %i ms',
    (steps, stepMs, previewMs) => {
      expect(shareOfPreviews(250, steps, stepMs, previewMs).count).toBe(0);
    },
  );

  it('draws no more after a preview of unexpected cost, until the run is long enough', () => {
    const { share, count } = shareOfPreviews(100, 4000, 10, 150, 5);
    expect(count).toBe(2);
    expect(share).toBeLessThanOrEqual(0.01);
  });

  it('keeps the chosen rate if there is time', () => {
    expect(shareOfPreviews(1000, 1000, 10, 1).count).toBe(10);
  });

  it('is zero when previews are off, or while one is being made', () => {
    expect(shareOfPreviews(0, 1000, 10, 1).count).toBe(0);
    const budget = new PreviewBudget(10, () => 1);
    budget.begin(5000);
    expect(budget.allows(9000)).toBe(false);
  });
});
