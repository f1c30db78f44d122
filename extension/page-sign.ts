import type { PageSign } from '../sidecar/protocol';

/** Reads what a page says of itself; undefined for any other message. */
export function pageSign(value: object): PageSign | undefined {
  if (!('type' in value) || !('nonce' in value)) return undefined;
  const { type, nonce } = value;
  return (type === 'ready' || type === 'received') && typeof nonce === 'string' ? { type, nonce } : undefined;
}
