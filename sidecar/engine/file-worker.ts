/** The script of the file thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { FileThread } from './file-thread';
import { ModelLibrary } from './model-library';

if (!parentPort) throw new Error('file-worker runs as a worker thread.');
new FileThread(parentPort, new ModelLibrary(workerData as string));
