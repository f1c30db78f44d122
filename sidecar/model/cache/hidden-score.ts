/** Added to a score that must not count: softmax makes it 0. It is not -Infinity, because differences of infinities are NaN. */
export const HIDDEN_SCORE = -1e30;
