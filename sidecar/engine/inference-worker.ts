/** The script of the inference thread. */
import { parentPort } from 'node:worker_threads';
import { InferenceThread } from './inference-thread';
import { LoadedModel } from './loaded-model';

if (!parentPort) throw new Error('inference-worker runs as a worker thread.');
new InferenceThread(parentPort, (name, execution, wishes) =>
  LoadedModel.open(name, execution, undefined, wishes),
);
