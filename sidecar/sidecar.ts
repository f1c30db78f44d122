import { Engine } from './engine/engine';
import { enginePaths } from './engine-paths';
import { serveEngine } from './server/sidecar-server';

/**
 * The sidecar process. Hands port and token to its parent only: over the IPC channel when there is one, else as one
 * JSON line on stdout. Ends by itself when the parent goes: when that channel, or stdin, closes.
 */
export async function runSidecar(): Promise<void> {
  const engine = new Engine(enginePaths());
  const sidecar = await serveEngine(engine, (line) => {
    process.stderr.write(`${line}\n`);
  });
  const listening = { type: 'listening', port: sidecar.port, token: sidecar.token };
  // A hard exit: the inference thread may be inside ONNX Runtime, which no signal interrupts.
  const leave = (): never => process.exit(0);
  process.once('SIGTERM', leave);
  process.once('SIGINT', leave);
  if (process.send) {
    process.once('disconnect', leave);
    process.send(listening);
  } else {
    process.stdin.once('end', leave).once('error', leave).resume();
    process.stdout.write(`${JSON.stringify(listening)}\n`);
  }
}
