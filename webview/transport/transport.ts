/** A two-way connection to the sidecar. It carries text messages and binary frames without reading them. */
export interface Transport {
  send(text: string): void;
  /** Ends the connection without a further event. */
  close(): void;
}

export interface TransportEvents {
  text(text: string): void;
  bytes(bytes: Uint8Array): void;
  /** The connection could not be opened, or has ended. This is the last event. */
  closed(reason: string): void;
}

export type OpenTransport = (events: TransportEvents) => Transport;
