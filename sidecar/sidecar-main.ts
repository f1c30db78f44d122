/** Entry point of dist/sidecar.js, which the extension forks. */
import { runSidecar } from './sidecar';

runSidecar().catch((error: unknown) => {
  process.stderr.write(
    `The sidecar did not start: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exit(1);
});
