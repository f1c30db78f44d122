/** The sidecar process, as dist/sidecar.js starts it. */
import { runSidecar } from './sidecar';

void runSidecar();
