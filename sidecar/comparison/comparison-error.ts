/** Two runs that cannot be compared. The message names what differs, and what to do. */
export class ComparisonError extends Error {
  override readonly name = 'ComparisonError';
}
