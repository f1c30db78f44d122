import { Engine } from './engine/engine';
import { SAVE_EVERY_MS, savesFolder } from './engine/run-saver';
import { enginePaths } from './engine-paths';
import { endNow } from './lifetime/end-now';
import { endWithParent } from './lifetime/end-with-parent';
import { serveEngine } from './server/sidecar-server';

/** How long the threads may take to come out of their native calls when the sidecar ends. */
const LEAVE_WITHIN_MS = 500;

/**
 * Runs the sidecar process. It tells port and token only to its parent: over the IPC channel when there is one, else as one
 * JSON line on stdout. The sidecar ends by itself when its parent dies, and when that channel or stdin closes.
 */
export async function runSidecar(): Promise<void> {
  endWithParent();
  // If the parent closes its end of the pipe, the log is lost, but the sidecar goes on.
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', () => undefined);
  const folder = savesFolder();
  const engine = new Engine({
    ...enginePaths(),
    ...(folder !== undefined && { saves: { folder, everyMs: SAVE_EVERY_MS } }),
  });
  const leave = (): void => {
    setTimeout(endNow, LEAVE_WITHIN_MS);
    void engine.close().then(() => process.exit(0), endNow);
  };
  process.once('SIGTERM', leave);
  process.once('SIGINT', leave);
  if (process.send) process.once('disconnect', leave);
  else process.stdin.once('end', leave).once('error', leave).resume();

  const sidecar = await serveEngine(engine, (line) => {
    process.stderr.write(`${line}\n`);
  });
  const listening = { type: 'listening', port: sidecar.port, token: sidecar.token };
  // If there is no channel any more, the parent has gone meanwhile.
  if (process.send)
    process.send(listening, (error: Error | null) => {
      if (error) leave();
    });
  else process.stdout.write(`${JSON.stringify(listening)}\n`);
}
