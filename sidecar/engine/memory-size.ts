/** A size as text, such as "12 GB", "3.1 GB" or "24 MB". */
export function memorySize(bytes: number): string {
  if (bytes < 0.95e9) return `${(bytes / 1e6).toFixed(bytes < 1e6 ? 1 : 0)} MB`;
  return `${(bytes / 1e9).toFixed(bytes < 9.95e9 ? 1 : 0)} GB`;
}
