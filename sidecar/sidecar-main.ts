/** Entry point of dist/sidecar.js, which the extension forks. */
import { runSidecar } from './sidecar';

void runSidecar();
