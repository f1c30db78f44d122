/** What the user asked for cannot be done as it stands: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
