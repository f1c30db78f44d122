const MAX_SEGMENT_BYTES = 255;
const MAX_PATH_BYTES = 800;
const MAX_SEGMENTS = 16;
/**
 * Device names of Windows, with whatever ending, in whatever folder (Naming Files, Paths, and Namespaces). It takes superscript
 * digits for digits, and drops spaces before the ending.
 */
const RESERVED =
  /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])\s*(?:\.|$)/i;

/**
 * Whether a path from the hub, relative and with `/`, can be a file inside a folder on Windows, macOS and Linux. It is
 * untrusted: nothing that leads out of the folder, nothing absolute, no drive, no stream, no device, no character that
 * cannot be seen.
 */
export function isSafePath(path: string): boolean {
  const segments = path.split('/');
  return (
    segments.length <= MAX_SEGMENTS &&
    Buffer.byteLength(path) <= MAX_PATH_BYTES &&
    segments.every(isSafeSegment)
  );
}

/** `.`, `..` and names that end in a dot or a space, which Windows drops, are refused by the last rule. */
function isSafeSegment(segment: string): boolean {
  return (
    segment !== '' &&
    Buffer.byteLength(segment) <= MAX_SEGMENT_BYTES &&
    !/[\\<>:"|?*\p{C}\p{Zl}\p{Zp}]/u.test(segment) &&
    !RESERVED.test(segment) &&
    !/^\s|[.\s]$/.test(segment)
  );
}

/**
 * Finds two paths that some disks take for one, or a file whose path is the folder of another. Windows and macOS do not tell
 * upper case from lower case, macOS not an accented letter from a letter and its accent.
 * @returns both paths, or undefined
 */
export function findCollision(paths: readonly string[]): readonly [string, string] | undefined {
  const files = new Map<string, string>();
  for (const path of paths) {
    const same = files.get(folded(path));
    if (same !== undefined) return [same, path];
    files.set(folded(path), path);
  }
  for (const path of paths) {
    const segments = path.split('/');
    for (let depth = 1; depth < segments.length; depth++) {
      const file = files.get(folded(segments.slice(0, depth).join('/')));
      if (file !== undefined) return [file, path];
    }
  }
  return undefined;
}

/** The same text for names that a disk can take for one another. */
function folded(path: string): string {
  return path.toUpperCase().toLowerCase().normalize('NFD');
}
