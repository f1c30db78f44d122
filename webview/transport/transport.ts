/** A two-way road to the sidecar that carries its text messages and binary frames unread. */
export interface Transport {
  send(text: string): void;
  /** Ends it without a further event. */
  close(): void;
}

export interface TransportEvents {
  text(text: string): void;
  bytes(bytes: Uint8Array): void;
  /** It could not be opened, or has ended; the last event. */
  closed(reason: string): void;
}

export type OpenTransport = (events: TransportEvents) => Transport;
