/** The meaning of `ziparStudio.export.folder`. */
export type ExportFolder =
  | {
      readonly kind: 'folder';
      readonly segments: readonly string[];
      /** Name of the workspace folder in which the segments start, if the setting names one. */
      readonly workspaceFolder?: string;
    }
  | { readonly kind: 'absolute' }
  | { readonly kind: 'escapes' }
  | { readonly kind: 'unknown-variable'; readonly variable: string };

/**
 * Reads `ziparStudio.export.folder`, a path below the workspace folder; an empty setting means the workspace folder itself. The
 * path may begin with `${workspaceFolder}` or `${workspaceFolder:name}`. The setting may come from a cloned workspace. So the
 * path must stay inside the workspace on every platform.
 */
export function exportFolder(setting: string): ExportFolder {
  const [, variable, name, rest = ''] =
    /^(\$\{workspaceFolder(?::([^{}]*))?\}(?=$|[\\/]))?(.*)$/s.exec(setting.trim()) ?? [];
  const unknown = /\$\{[^{}]*\}/.exec(rest);
  if (unknown) return { kind: 'unknown-variable', variable: unknown[0] };
  if (variable === undefined && /^([\\/~]|[a-z]:)/i.test(rest)) return { kind: 'absolute' };
  const segments = rest.split(/[\\/]+/).filter((segment) => segment !== '' && segment !== '.');
  // Windows drops trailing dots and spaces of a segment: there, ".. " means "..".
  if (segments.some((segment) => /^\.\.[. ]*$/.test(segment))) return { kind: 'escapes' };
  return { kind: 'folder', segments, ...(name !== undefined && { workspaceFolder: name }) };
}
