/** What the system says of a failed call, as the end of a sentence: "no space left on device" of "ENOSPC: no space left on device, write". */
export function systemReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /^[A-Z][A-Z0-9_]+: ([^,]+)/.exec(message)?.[1] ?? message.replace(/\.$/, '');
}
