/**
 * The system's reason for a failed call, as the end of a sentence. From "ENOSPC: no space left on device, write" it takes
 * "no space left on device".
 */
export function systemReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /^[A-Z][A-Z0-9_]+: ([^,]+)/.exec(message)?.[1] ?? message.replace(/\.$/, '');
}
