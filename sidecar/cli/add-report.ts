import { printable } from '../hub/foreign-text';
import { formatBytes } from '../hub/format-bytes';
import type { HubFile, HubRepository } from '../hub/hub-repository';
import type { AddedModel, RepositoryListing } from '../protocol';

/** Longest line in characters; a path and its folder fit into it. */
const MAX_LINE = 5000;

/** Lists the files, one a line, and marks those that would be downloaded. */
export function textListing({
  repository,
  commit,
  page,
  licence,
  isGated,
  folder,
  freeBytes: free,
  files,
}: RepositoryListing): string {
  const wanted = totalBytes(files.filter(({ suggested }) => suggested));
  const lines = [
    `${repository} at ${commit.slice(0, 12)}, ${page}`,
    `Licence: ${licence ?? 'none stated'}${isGated ? '; gated: its terms have to be accepted on that page' : ''}`,
    '',
    ...files.map(
      ({ path: file, size, suggested }) =>
        `${suggested ? '*' : ' '} ${formatBytes(size).padStart(10)}  ${file}`,
    ),
    '',
    `* ${formatBytes(wanted)} to download into ${folder} (${formatBytes(free)} free); other files with --only.`,
  ];
  return `${lines.map((line) => printable(line, MAX_LINE)).join('\n')}\n`;
}

/** Says what will be downloaded, where to, and under which licence. */
export function downloadSummary(
  { id, licence, page }: HubRepository,
  files: readonly HubFile[],
  folder: string,
): string {
  const lines = [
    `${id}: ${formatBytes(totalBytes(files))} into ${folder}; licence: ${licence ?? 'none stated'}, ${page}`,
    ...files.map(({ path: file, size }) => `  ${formatBytes(size).padStart(10)}  ${file}`),
  ];
  return `${lines.map((line) => printable(line, MAX_LINE)).join('\n')}\n`;
}

/** The sum of the sizes of files. */
export function totalBytes(files: readonly { readonly size: number }[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** Describes a model, and gives the command that runs it. */
export function textReport({
  name,
  path: file,
  condition,
  classes,
  grid,
  imageSize,
  noPicture,
}: AddedModel): string {
  const draws = {
    class: `draws ${classes} classes`,
    'caption-embedding': 'draws caption embeddings',
    text: 'draws prompts',
    prompt: 'draws prompts',
    words: 'draws prompts',
    none: 'turns tokens into pictures',
  }[condition];
  const example = {
    class: `--class ${Math.min(207, classes - 1)}`,
    'caption-embedding': '--caption FILE.safetensors',
    text: '"…"',
    prompt: '"…"',
    words: '"…"',
    none: '',
  }[condition];
  const size = imageSize ? `${imageSize[0]}x${imageSize[1]} pixels` : 'tokens only';
  const lines = [
    `${name}: ${draws}, ${grid[0]}x${grid[1]} tokens, ${size}`,
    ...(noPicture === null ? [] : [noPicture]),
    condition === 'none'
      ? `zipar decode --model "${file}" --tokens FILE.json --out FILE.png`
      : `zipar generate --model "${file}" ${example}${noPicture === null ? '' : ' --tokens-only'}`,
  ];
  return `${lines.join('\n')}\n`;
}
