/** Such as "12 GB", "3.1 GB" or "0.04 GB". */
export function gigabytes(bytes: number): string {
  const digits = bytes < 1e9 ? 2 : bytes < 10e9 ? 1 : 0;
  return `${(bytes / 1e9).toFixed(digits)} GB`;
}
