import type { WebviewCommand, WebviewToHost } from '../sidecar/protocol';
import { pageSign } from './page-sign';

const COMMANDS: { readonly [command in WebviewCommand]: true } = {
  generate: true,
  again: true,
  compare: true,
  branch: true,
  'draw-steps': true,
  export: true,
  cancel: true,
  pause: true,
  continue: true,
  step: true,
  'run-to': true,
};

/** Reads a message that the webview posted; undefined for a message that is not part of the protocol. */
export function parseWebviewMessage(value: unknown): WebviewToHost | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
  switch (value.type) {
    case 'ready':
    case 'received':
      return pageSign(value);
    case 'stepped':
    case 'relay-open':
    case 'relay-close':
      return { type: value.type };
    case 'relay-text':
      return 'text' in value && typeof value.text === 'string'
        ? { type: 'relay-text', text: value.text }
        : undefined;
    case 'draw-step':
      return 'step' in value && typeof value.step === 'number' && Number.isInteger(value.step)
        ? { type: 'draw-step', step: value.step }
        : undefined;
    case 'inspect-cell':
      return 'position' in value && typeof value.position === 'number' && Number.isInteger(value.position)
        ? { type: 'inspect-cell', position: value.position }
        : undefined;
    case 'rendered':
      return 'id' in value &&
        typeof value.id === 'number' &&
        'bytes' in value &&
        value.bytes instanceof Uint8Array &&
        'note' in value &&
        (value.note === null || typeof value.note === 'string')
        ? { type: 'rendered', id: value.id, bytes: value.bytes, note: value.note }
        : undefined;
    case 'not-rendered':
      return 'id' in value &&
        typeof value.id === 'number' &&
        'reason' in value &&
        typeof value.reason === 'string'
        ? { type: 'not-rendered', id: value.id, reason: value.reason }
        : undefined;
    case 'command':
      return commandFrom(value);
    default:
      return undefined;
  }
}

function commandFrom(value: object): WebviewToHost | undefined {
  if (!('command' in value) || typeof value.command !== 'string') return undefined;
  if (!Object.hasOwn(COMMANDS, value.command)) return undefined;
  if (!('runId' in value) || typeof value.runId !== 'number') return undefined;
  return {
    type: 'command',
    command: value.command as WebviewCommand,
    runId: value.runId,
    place: placeIn(value),
  };
}

/** The place on the page; undefined when the message names none, or no right one. */
function placeIn(value: object): Extract<WebviewToHost, { type: 'command' }>['place'] {
  if (!('place' in value) || typeof value.place !== 'object' || value.place === null) return undefined;
  const { place } = value;
  if (!('step' in place) || typeof place.step !== 'number' || !Number.isInteger(place.step)) return undefined;
  const cell = 'cell' in place && Number.isInteger(place.cell) ? Number(place.cell) : undefined;
  return { step: place.step, cell };
}
