const MAX_SEGMENT_BYTES = 255;
const MAX_PATH_BYTES = 800;
const MAX_SEGMENTS = 16;
/**
 * Matches device names of Windows, with any ending, in any folder (Naming Files, Paths, and Namespaces). Windows takes
 * superscript digits for digits, and drops spaces before the ending.
 */
const RESERVED =
  /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])\s*(?:\.|$)/i;

/**
 * Whether a path from the hub, relative and with `/`, can be a file inside a folder on Windows, macOS and Linux. The path
 * is untrusted. The function refuses paths that lead out of the folder, absolute paths, drives, streams, devices and
 * invisible characters.
 */
export function isSafePath(path: string): boolean {
  const segments = path.split('/');
  return (
    segments.length <= MAX_SEGMENTS &&
    Buffer.byteLength(path) <= MAX_PATH_BYTES &&
    segments.every(isSafeSegment)
  );
}

/**
 * Whether a segment of a path is safe. The last rule refuses `.`, `..` and names that end in a dot or a space, which
 * Windows drops.
 */
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
 * Finds two paths that some disks take for the same path, or a file whose path is the folder of another file. Windows and
 * macOS do not distinguish upper case from lower case. macOS does not distinguish an accented letter from a letter and its
 * accent.
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

/** Returns the same text for all names that a disk can take for the same name. */
function folded(path: string): string {
  return path.toUpperCase().toLowerCase().normalize('NFD');
}
