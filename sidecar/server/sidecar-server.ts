import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { describeDecoders } from '../engine/decoding-costs';
import { availableProviders } from '../engine/providers';
import { describeRun } from '../engine/describe-run';
import type { Engine } from '../engine/engine';
import { publishedRepositories } from '../engine/published-repositories';
import { MAX_MESSAGE_BYTES, PROTOCOL_VERSION, SUBPROTOCOL, type SidecarMessage } from '../protocol';
import { buildVersions } from '../build-versions';
import { ClientSession } from './client-session';
import { Door } from './door';
import { HardwareCheck } from './hardware-check';
import { inEnglish } from '../protocol/sentence';

/** Where a sidecar listens, and the secret that opens it. */
export interface ListeningSidecar {
  readonly port: number;
  readonly token: string;
  close(): Promise<void>;
}

/**
 * Serves the engine over WebSocket on 127.0.0.1, on a port that the system chooses. A client needs the token, and only the
 * caller learns it.
 */
export async function serveEngine(engine: Engine, log: (line: string) => void): Promise<ListeningSidecar> {
  const token = randomBytes(32).toString('hex');
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: () => SUBPROTOCOL,
    perMessageDeflate: false,
    autoPong: false, // see ClientSocket
  });
  const sessions = new Set<ClientSession>();
  const tellAll = (message: SidecarMessage, except?: ClientSession): void => {
    for (const session of sessions) if (session !== except) session.send(message);
  };

  const door = new Door(
    token,
    (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, onClient);
    },
    log,
  );
  const hardware = new HardwareCheck(engine, log);
  const onClient = (webSocket: WebSocket): void => {
    webSocket.on('error', (error) => {
      log(`A client's socket failed: ${error.message}`);
    });
    const session = new ClientSession(webSocket, engine, hardware, tellAll, log);
    sessions.add(session);
    webSocket.on('close', () => {
      sessions.delete(session);
      session.close();
    });
    session.send({
      type: 'hello',
      protocol: PROTOCOL_VERSION,
      build: buildVersions(),
      capabilities: {
        providers: availableProviders(),
        decoders: describeDecoders(),
        repositories: publishedRepositories(),
      },
    });
  };

  engine.events.on('packing', (run, fraction) => {
    for (const session of sessions) session.onPacking(run, fraction);
  });
  engine.events.on('notice', log);
  engine.events.on('step', (run) => {
    for (const session of sessions) session.onStep(run);
  });
  engine.events.on('paused', (run) => {
    for (const session of sessions) session.onPaused(run);
    log(`Run ${run.runId} waits after step ${run.trace.steps}, with its model in memory.`);
  });
  engine.events.on('goes-on', ({ runId }) => {
    tellAll({ type: 'run-goes-on', runId });
  });
  engine.events.on('preview', (run, step, image) => {
    for (const session of sessions) session.onPreview(run, step, image);
  });
  engine.events.on('moved', (run, notice) => {
    tellAll({ type: 'run-moved', run: describeRun(run), notice });
    log(`Run ${run.runId}: ${inEnglish(notice)}`);
  });
  engine.events.on('ended', (run) => {
    for (const session of sessions) session.onEnded(run);
    const { runId, state } = describeRun(run);
    if (state === 'running') return;
    tellAll({
      type: 'run-ended',
      runId,
      state,
      steps: run.trace.steps,
      timings: run.timings,
      ...(run.error && { error: run.error }),
    });
    log(
      `Run ${runId} ${state} after ${run.trace.steps} steps, ${Math.round(run.timings.decodeMs)} ms.${run.error ? ` ${run.error.message}` : ''}`,
    );
  });
  engine.events.on('crashed', (error) => {
    log(`The inference thread ended: ${error.message}`);
  });

  door.server.listen(0, '127.0.0.1');
  await once(door.server, 'listening');
  return {
    port: (door.server.address() as AddressInfo).port,
    token,
    close: async () => {
      for (const client of sockets.clients) client.terminate();
      await door.close();
      await engine.close();
    },
  };
}
