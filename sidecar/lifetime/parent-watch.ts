/** Script of the thread that watches the parent process; see `end-with-parent.ts`. */
import { workerData } from 'node:worker_threads';
import { isParentAlive } from './parent-process';
import { endNow } from './end-now';

/** Time between two checks of the parent. */
const EVERY_MS = 250;

const parent = workerData as number;
setInterval(() => {
  if (!isParentAlive(parent)) endNow();
}, EVERY_MS);
