import path from 'node:path';
import { Worker } from 'node:worker_threads';

/**
 * Ends this process within a second of its parent's death, even while its other threads work. A separate thread watches the
 * parent: the main thread may be inside a native call, where it does not notice a closed channel.
 */
export function endWithParent(): void {
  const watch = new Worker(path.join(__dirname, 'parent-watch.js'), { workerData: process.ppid });
  watch.on('error', (error) => {
    process.stderr.write(`The parent process is not watched: ${error.message}\n`);
  });
  watch.unref();
}
