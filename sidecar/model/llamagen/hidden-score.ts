/** Added to a score that must not count: softmax makes it 0. Not -Infinity, whose differences are NaN. */
export const HIDDEN_SCORE = -1e30;
