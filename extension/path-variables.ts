/** The variables that a setting with a path may contain, as in VS Code's own settings. */
export const PATH_VARIABLES = [
  '${workspaceFolder}',
  '${workspaceFolder:name}',
  '${userHome}',
  '${env:NAME}',
] as const;

/** The values of the variables. */
export interface PathSurroundings {
  /** The user's home folder; undefined if the user has none. */
  readonly home: string | undefined;
  /** The workspace folders that lie on a disk, in the workspace's order. */
  readonly workspaceFolders: readonly { readonly name: string; readonly path: string }[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Reasons why a path cannot be resolved. */
export type UnresolvedPath =
  | { readonly kind: 'no-home' }
  | { readonly kind: 'no-folder-open' }
  | { readonly kind: 'no-such-folder'; readonly name: string }
  | { readonly kind: 'not-set'; readonly name: string }
  | { readonly kind: 'unknown-variable'; readonly variable: string };

/** A path of a setting that cannot be resolved. */
export class UnresolvedPathError extends Error {
  override readonly name = 'UnresolvedPathError';

  constructor(readonly why: UnresolvedPath) {
    super(`path cannot be resolved: ${why.kind}`);
  }
}

/**
 * Replaces variables with their values, and a leading `~` with the home folder.
 * @throws UnresolvedPathError
 */
export function expandPath(setting: string, around: PathSurroundings): string {
  const text = /^~(?=$|[\\/])/.test(setting) ? `\${userHome}${setting.slice(1)}` : setting;
  return text.replace(/\$\{([^{}]*)\}/g, (variable, inside: string) => {
    const colon = inside.indexOf(':');
    const [name, argument] =
      colon < 0 ? [inside, undefined] : [inside.slice(0, colon), inside.slice(colon + 1)];
    if (name === 'workspaceFolder') return workspaceFolder(argument, around);
    if (name === 'env' && argument !== undefined && argument !== '')
      return around.environment[argument] ?? unresolved({ kind: 'not-set', name: argument });
    if (name === 'userHome' && argument === undefined) return around.home ?? unresolved({ kind: 'no-home' });
    return unresolved({ kind: 'unknown-variable', variable });
  });
}

function workspaceFolder(name: string | undefined, { workspaceFolders }: PathSurroundings): string {
  const [first] = workspaceFolders;
  if (!first) return unresolved({ kind: 'no-folder-open' });
  if (name === undefined) return first.path;
  return (
    workspaceFolders.find((folder) => folder.name === name)?.path ??
    unresolved({ kind: 'no-such-folder', name })
  );
}

function unresolved(why: UnresolvedPath): never {
  throw new UnresolvedPathError(why);
}
