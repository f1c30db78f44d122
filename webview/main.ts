import * as l10n from './l10n';
import { browserClock as clock } from './browser-clock';
import { element } from './element';
import { connectHost, type Host } from './host';
import { saidBy } from '../sidecar/protocol';
import { RECORDED_RUN } from '../sidecar/trace-file/run-record';
import { readPageLanguage } from './page-language';
import { pageNonce } from './page-nonce';
import { Pictures } from './pictures';
import { Insights } from './insights';
import { RecordedFile } from './recorded-file';
import { Session, type Request } from './session';
import { runIdOf } from './shown-run';
import { registerToolkit } from './toolkit';
import { relayTransport } from './transport/relay-transport';
import { SidecarLink } from './transport/sidecar-link';
import { socketTransport } from './transport/socket-transport';
import { DEFAULT_OPTIONS, type ViewOptions } from './view-options';
import { Visualiser } from './visualiser';

readPageLanguage();
registerToolkit();

const REMEMBER_AFTER_MS = 250;

const host: Host = connectHost();
const remembered = host.remembered();
/** URIs of the files that keep runs of the sidecar, by the id of the run. */
const files = new Map<number, string>();

const link = new SidecarLink(
  {
    socket: (endpoint) => socketTransport(endpoint, (url, subprotocols) => new WebSocket(url, subprotocols)),
    relay: relayTransport(host),
  },
  clock,
  {
    opened: () => {
      session.opened();
      pictures.reconnected();
      insights.reconnected();
    },
    message: (message) => {
      session.message(message);
    },
    frame: (frame) => {
      session.frame(frame);
      if (frame.kind === 'file')
        insights.file(frame.file).catch((error: unknown) => {
          session.note(l10n.said(saidBy(error)));
        });
    },
    unreadable: (reason) => {
      session.note(l10n.t('A message of the sidecar could not be read: {0}', reason));
    },
    interrupted: () => {
      session.interrupted();
    },
    lost: (reason) => {
      session.lost(reason);
    },
  },
);

let lastId = 0;
const nextId = (): number => ++lastId;
function send(request: Request): number | undefined {
  const id = nextId();
  return link.send({ ...request, id }) ? id : undefined;
}

const session = new Session(
  {
    send,
    changed: refresh,
    runShown: (runId) => {
      visualiser.forget(runId);
      insights.forget(runId);
      pictures.begin(runId);
    },
    runGone: (runId) => {
      visualiser.forget(runId);
      insights.forget(runId);
      pictures.end(runId);
    },
    picture: (picture) => {
      pictures.received(picture);
    },
    alternatives: (message) => {
      insights.received(undefined, message);
    },
    requestFailed: (id, reason) => {
      pictures.failed(id);
      insights.failed(id, reason);
    },
  },
  remembered?.place,
);
const recordedFile: RecordedFile = new RecordedFile(
  session,
  { pictures: () => pictures, insights: () => insights },
  host,
  nextId,
);
const pictures: Pictures = new Pictures(
  (runId, step) => (runId === RECORDED_RUN ? recordedFile.ask(step) : send({ type: 'preview', runId, step })),
  clock,
  refresh,
);

const insights: Insights = new Insights(
  {
    inspect: (runId, position) =>
      runId === RECORDED_RUN
        ? recordedFile.inspect(position)
        : send({ type: 'inspect-cell', runId, position }),
    trace: (runId) => (runId === RECORDED_RUN ? undefined : send({ type: 'export-trace', runId })),
  },
  clock,
  refresh,
);

let latestOptions: ViewOptions = { ...DEFAULT_OPTIONS, ...remembered?.options };
const root = document.getElementById('app') ?? document.body.appendChild(element('main', { id: 'app' }));
const visualiser = new Visualiser(root, session, pictures, insights, latestOptions, clock, {
  command: (command, runId, place) => {
    if (command === 'generate') session.awaitNewRun();
    host.post({ type: 'command', command, runId, place });
  },
  changed: (options) => {
    rememberSoon(options);
  },
});

let remembering = false;
let hasStepped = false;
/** Remembers options after a delay: in a fast run, saving the state for each step would take longer than drawing it. */
function rememberSoon(options: ViewOptions): void {
  latestOptions = options;
  if (remembering) return;
  remembering = true;
  clock.after(REMEMBER_AFTER_MS, () => {
    remembering = false;
    if (!hasStepped && session.whereabouts()) {
      hasStepped = true;
      host.post({ type: 'stepped' });
    }
    host.remember({ place: session.whereabouts(), options: latestOptions, file: fileOnPage() });
  });
}

/** URI of the file that keeps the run on the page. */
function fileOnPage(): string | undefined {
  const runId = session.first && runIdOf(session.first);
  if (runId === undefined) return undefined;
  return runId === RECORDED_RUN ? recordedFile.shown : files.get(runId);
}

function refresh(): void {
  visualiser.refresh();
}

/** Resolves when the page has read what the host sent of a file. */
let filling: Promise<unknown> = Promise.resolve();

async function received(message: Parameters<RecordedFile['receive']>[0]): Promise<void> {
  try {
    await recordedFile.receive(message);
  } catch (error) {
    session.lost(l10n.said(saidBy(error)));
  }
}

host.subscribe((message) => {
  switch (message.type) {
    case 'show-run':
      session.showRun(message.endpoint.token, message.runId);
      link.connect(message.endpoint, message.forceRelay);
      return;
    case 'show-file':
    case 'show-step':
    case 'can-draw':
    case 'drawn-step':
    case 'step-not-drawn':
    case 'inspected-cell':
    case 'cell-not-inspected':
      filling = Promise.all([filling, received(message)]);
      return;
    case 'run-kept':
      files.set(message.runId, message.file);
      session.kept(message.runId, message.notice ?? undefined);
      rememberSoon(latestOptions);
      return;
    case 'preparing':
      visualiser.showPreparing(message.text ?? undefined);
      return;
    case 'sidecar-gone':
      link.disconnect();
      session.lost(message.reason);
      return;
    case 'render':
      // A page that was opened for this still reads its file.
      filling
        .then(() => visualiser.file(message.form))
        .then(
          ({ bytes, note = null }) => {
            host.post({ type: 'rendered', id: message.id, bytes, note });
          },
          (error: unknown) => {
            const reason = l10n.said(saidBy(error));
            host.post({ type: 'not-rendered', id: message.id, reason });
          },
        );
      return;
    case 'relay-opened':
    case 'relay-text':
    case 'relay-binary':
    case 'relay-closed':
      return;
  }
});
host.post({ type: 'ready', nonce: pageNonce() });
