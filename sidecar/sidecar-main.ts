/** The sidecar process, as dist/sidecar.js starts it. */
import { runSidecar } from './sidecar';

runSidecar().catch((error: unknown) => {
  process.stderr.write(
    `The sidecar did not start: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exit(1);
});
