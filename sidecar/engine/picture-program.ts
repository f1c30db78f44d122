/**
 * The process that draws pictures: `picture-program SCRIPT`, started with a channel to its parent. SCRIPT is the script of the
 * inference thread. The main thread of this process stays free, so it notices when the parent has ended.
 */
import { Worker } from 'node:worker_threads';
import { endNow } from '../lifetime/end-now';
import { endWithParent } from '../lifetime/end-with-parent';
import { SMALL_YOUNG_GENERATION } from './worker-link';
import type { PictureReport, PictureRequest } from './picture-messages';

const [, , script = ''] = process.argv;

endWithParent();
process.once('disconnect', endNow);
const thread = new Worker(script, { resourceLimits: SMALL_YOUNG_GENERATION });
thread.on('message', (report: PictureReport) => process.send?.(report));
thread.on('error', (error) => {
  process.stderr.write(`The thread that draws pictures failed: ${error.message}\n`);
  process.exit(1);
});
thread.on('exit', () => process.exit(1));
process.on('message', (request: PictureRequest) => {
  thread.postMessage(request);
});
