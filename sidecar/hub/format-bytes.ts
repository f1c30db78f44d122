const UNITS = ['kB', 'MB', 'GB', 'TB'] as const;

/**
 * Formats a size for people: "17 bytes", "1.40 kB", "44.4 MB", "444 MB". Units are powers of 1000, as in the hub's own
 * lists.
 */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} bytes`;
  const power = Math.min(UNITS.length, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${UNITS[power - 1] ?? ''}`;
}
