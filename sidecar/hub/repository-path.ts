const MAX_SEGMENT_BYTES = 255;
const MAX_SEGMENTS = 16;
/** Device names of Windows, with whatever extension. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;

/**
 * Whether a path from the hub, relative and with `/`, can be a file inside a folder on Windows, macOS and Linux. It is
 * untrusted: nothing that leads out of the folder, nothing absolute, no drive, no device, no control character.
 */
export function isSafePath(path: string): boolean {
  const segments = path.split('/');
  return segments.length <= MAX_SEGMENTS && segments.every(isSafeSegment);
}

/** `.`, `..` and names that end in a dot or a space, which Windows drops, are refused by the last rule. */
function isSafeSegment(segment: string): boolean {
  return (
    segment !== '' &&
    Buffer.byteLength(segment) <= MAX_SEGMENT_BYTES &&
    !/[\\<>:"|?*\p{Cc}]/u.test(segment) &&
    !RESERVED.test(segment) &&
    !/[. ]$/.test(segment)
  );
}
