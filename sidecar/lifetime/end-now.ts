/**
 * Ends this process at once, from any of its threads. `process.exit` would wait until every thread has returned from its
 * native call, and a call into a driver may never return.
 */
export function endNow(): void {
  process.kill(process.pid, 'SIGKILL');
}
