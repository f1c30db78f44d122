export type ExportFolder =
  | { readonly kind: 'folder'; readonly segments: readonly string[] }
  | { readonly kind: 'absolute' }
  | { readonly kind: 'escapes' };

/**
 * Reads `ziparStudio.export.folder`, a path below the workspace folder; none = the workspace folder itself.
 * The setting may come from a cloned workspace, so it must not lead anywhere else, on any platform.
 */
export function exportFolder(setting: string): ExportFolder {
  const text = setting.trim();
  if (/^([\\/~]|[a-z]:)/i.test(text)) return { kind: 'absolute' };
  const segments = text.split(/[\\/]+/).filter((segment) => segment !== '' && segment !== '.');
  // Windows drops trailing dots and spaces of a segment: ".. " is ".." there.
  if (segments.some((segment) => /^\.\.[. ]*$/.test(segment))) return { kind: 'escapes' };
  return { kind: 'folder', segments };
}
