import {
  saidBy,
  type ComparedFile,
  type ComparisonToHost,
  type HostToComparison,
  type Side,
} from '../../sidecar/protocol';
import { isPng } from '../../sidecar/trace-file/png-chunks';
import { readTraceFile } from '../../sidecar/trace-file/trace-file';
import { browserClock } from '../browser-clock';
import { element } from '../element';
import { connectHost, type PageHost } from '../host';
import * as l10n from '../l10n';
import { readPageLanguage } from '../page-language';
import { pageNonce } from '../page-nonce';
import { decodePicture } from '../png-pixels';
import { registerToolkit } from '../toolkit';
import type { ArrivedRun } from './compared-pictures';
import { ComparisonPage, type RememberedComparison } from './comparison-page';

registerToolkit();
readPageLanguage();

const REMEMBER_AFTER_MS = 250;

const host: PageHost<HostToComparison, ComparisonToHost, RememberedComparison> = connectHost();
const root = document.getElementById('app') ?? document.body.appendChild(element('main', { id: 'app' }));
/** Ids of the requests for pictures, by side and step. */
const asked: readonly [Map<number, number>, Map<number, number>] = [new Map(), new Map()];
let lastId = 0;
/** The state that waits to be remembered. */
let latest: RememberedComparison | undefined;

const page = new ComparisonPage(root, browserClock, host.remembered(), {
  command: (command, side) => {
    host.post({ type: 'command', command, side });
  },
  score: (isAsked) => {
    host.post({ type: 'score', isAsked });
  },
  draw: (side, step) => {
    const id = ++lastId;
    asked[side].set(step, id);
    host.post({ type: 'draw-step', side, step });
    return id;
  },
  remember: rememberSoon,
});

/** Remembers the page after a delay: while the runs play, saving each place would take longer than drawing it. */
function rememberSoon(state: RememberedComparison): void {
  const isWaiting = latest !== undefined;
  latest = state;
  if (isWaiting) return;
  browserClock.after(REMEMBER_AFTER_MS, () => {
    if (latest) host.remember(latest);
    latest = undefined;
  });
}

host.subscribe((message) => {
  switch (message.type) {
    case 'show-comparison':
      page.setCanDraw(message.canDraw);
      show(message.files).catch((error: unknown) => {
        page.tell(l10n.said(saidBy(error)));
      });
      return;
    case 'can-draw':
      page.setCanDraw(message.canDraw);
      return;
    case 'drawn-step':
      page.drawn(message.side, idOf(message.side, message.step), message.step, message);
      return;
    case 'likelihoods':
      page.scored(message.nll);
      return;
    case 'no-likelihoods':
      page.notScored(message.reason);
      return;
    case 'step-not-drawn':
      page.notDrawn(message.side, idOf(message.side, message.step), message.reason);
      return;
  }
});
host.post({ type: 'ready', nonce: pageNonce() });

function idOf(side: Side, step: number): number {
  return asked[side].get(step) ?? -1;
}

async function show(files: readonly [ComparedFile, ComparedFile]): Promise<void> {
  page.showRuns([await read(files[0]), await read(files[1])]);
}

async function read({ file, name, bytes }: ComparedFile): Promise<ArrivedRun> {
  const record = await readTraceFile(bytes);
  if (!record)
    throw new Error(l10n.t('{0} has no trace, so its cells are not known. Make the picture again.', name));
  return { file, name, record, picture: isPng(bytes) ? await decodePicture(bytes) : undefined };
}
