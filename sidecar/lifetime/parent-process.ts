/**
 * Whether the process that started this one still runs.
 * @param parent id of that process, as `process.ppid` was at the start
 */
export function isParentAlive(parent: number): boolean {
  // On other systems an orphan gets another parent at once. Windows keeps the old id.
  if (process.platform !== 'win32') return process.ppid === parent;
  try {
    return process.kill(parent, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
