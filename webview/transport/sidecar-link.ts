import * as l10n from '../l10n';
import {
  decodeFrame,
  parseSidecarMessage,
  PROTOCOL_VERSION,
  type ClientMessage,
  type Frame,
  type SidecarEndpoint,
  type SidecarMessage,
} from '../../sidecar/protocol';
import type { Clock } from '../clock';
import type { OpenTransport, Transport } from './transport';

export interface LinkEvents {
  /** The sidecar has said hello. */
  opened(): void;
  message(message: SidecarMessage): void;
  frame(frame: Frame): void;
  /** An unreadable message or frame arrived; it was ignored. */
  unreadable(reason: string): void;
  /** The connection broke, and the link connects again. */
  interrupted(reason: string): void;
  /** The link makes no further attempt. */
  lost(reason: string): void;
}

export interface Roads {
  readonly socket: (endpoint: SidecarEndpoint) => OpenTransport;
  readonly relay: OpenTransport;
}

/** Longest time from the attempt to connect to the sidecar's hello. */
const HELLO_WITHIN_MS = 3000;
const MAX_ATTEMPTS = 5;
const FIRST_WAIT_MS = 250;
/** Time after which a connection counts as good. After a good connection ends, the number of attempts starts again. */
const GOOD_AFTER_MS = 10_000;

/** The conversation with one sidecar over a transport that works: its own socket first, then the relay. */
export class SidecarLink {
  private roads: readonly OpenTransport[] = [];
  /** Index of the transport in use. A transport that worked is tried first again. */
  private road = 0;
  private roadsTried = 0;
  private attempts = 0;
  private openedAt: number | undefined;
  private transport: Transport | undefined;
  private cancelTimer: (() => void) | undefined;

  constructor(
    private readonly to: Roads,
    private readonly clock: Clock,
    private readonly events: LinkEvents,
  ) {}

  get isOpen(): boolean {
    return this.openedAt !== undefined;
  }

  /** Connects to a sidecar, and leaves any other. */
  connect(endpoint: SidecarEndpoint, forceRelay: boolean): void {
    this.disconnect();
    this.roads = forceRelay ? [this.to.relay] : [this.to.socket(endpoint), this.to.relay];
    this.road = 0;
    this.attempts = 0;
    this.attempt();
  }

  disconnect(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    this.transport?.close();
    this.transport = undefined;
    this.openedAt = undefined;
  }

  /**
   * Sends a message and returns whether it was sent. No message is kept for later, because a new connection begins with a new
   * request.
   */
  send(message: ClientMessage): boolean {
    if (!this.isOpen || !this.transport) return false;
    this.transport.send(JSON.stringify(message));
    return true;
  }

  private attempt(): void {
    this.attempts++;
    this.roadsTried = 0;
    this.tryRoad();
  }

  private tryRoad(): void {
    this.roadsTried++;
    const open = this.roads[this.road];
    if (!open) return;
    this.cancelTimer = this.clock.after(HELLO_WITHIN_MS, () => {
      this.closed(l10n.t('The sidecar did not answer within {0} seconds.', HELLO_WITHIN_MS / 1000));
    });
    // A transport may fail while it opens, or be replaced. Only the current transport's events count.
    const current: { transport?: Transport; ended: boolean } = { ended: false };
    const isCurrent = (): boolean =>
      !current.ended && (current.transport === undefined || current.transport === this.transport);
    try {
      current.transport = open({
        text: (text) => {
          if (isCurrent()) this.text(text);
        },
        bytes: (bytes) => {
          if (isCurrent()) this.bytes(bytes);
        },
        closed: (reason) => {
          if (!isCurrent()) return;
          current.ended = true;
          this.closed(reason);
        },
      });
    } catch (error) {
      // The browser refuses some addresses immediately.
      this.closed(sentence(error));
      return;
    }
    if (!current.ended) this.transport = current.transport;
  }

  private text(text: string): void {
    let message: SidecarMessage;
    try {
      message = parseSidecarMessage(text);
    } catch (error) {
      this.events.unreadable(sentence(error));
      return;
    }
    if (message.type === 'hello') this.hello(message.protocol);
    else if (this.isOpen) this.events.message(message);
  }

  private bytes(bytes: Uint8Array): void {
    let frame: Frame;
    try {
      frame = decodeFrame(bytes);
    } catch (error) {
      this.events.unreadable(sentence(error));
      return;
    }
    if (this.isOpen) this.events.frame(frame);
  }

  private hello(protocol: number): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    if (protocol !== PROTOCOL_VERSION) {
      this.disconnect();
      this.events.lost(
        l10n.t(
          'The sidecar speaks protocol {0} and this view speaks {1}: reload the window, so that both are of one version.',
          protocol,
          PROTOCOL_VERSION,
        ),
      );
      return;
    }
    this.openedAt = this.clock.now();
    this.events.opened();
  }

  private closed(reason: string): void {
    const { openedAt } = this;
    this.disconnect();
    if (openedAt === undefined) {
      this.tryAnother(reason);
      return;
    }
    if (this.clock.now() - openedAt >= GOOD_AFTER_MS) this.attempts = 0;
    this.waitAndTry(reason);
  }

  private tryAnother(reason: string): void {
    this.road = (this.road + 1) % this.roads.length;
    if (this.roadsTried < this.roads.length) this.tryRoad();
    else this.waitAndTry(reason);
  }

  private waitAndTry(reason: string): void {
    if (this.attempts >= MAX_ATTEMPTS) {
      this.events.lost(reason);
      return;
    }
    this.events.interrupted(reason);
    this.cancelTimer = this.clock.after(FIRST_WAIT_MS * 2 ** this.attempts, () => {
      this.attempt();
    });
  }
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
