/**
 * CRC-32 as in ZIP and PNG (ISO 3309, polynomial 0xEDB88320), 0..2^32-1. It is written here because `zlib.crc32` came only
 * with Node 20.15.
 * @param before checksum of the bytes before these, when the bytes come in pieces
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = before ^ 0xffffffff;
  for (const byte of bytes) crc = (TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});
