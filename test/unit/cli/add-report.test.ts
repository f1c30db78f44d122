import { describe, expect, it } from 'vitest';
import { textListing, textReport, totalBytes } from '../../../sidecar/cli/add-report';
import type { AddedModel, RepositoryListing } from '../../../sidecar/protocol';

const MODEL: AddedModel = {
  name: 'm',
  path: '/models/m',
  condition: 'class',
  classes: 1000,
  grid: [16, 16],
  imageSize: [256, 256],
  noPicture: null,
} as unknown as AddedModel;

describe('the report of an added model', () => {
  it.each<[Partial<AddedModel>, string]>([
    [{}, 'zipar generate --model "/models/m" --class 207'],
    [{ classes: 5 }, 'zipar generate --model "/models/m" --class 4'],
    [{ condition: 'text' }, 'zipar generate --model "/models/m" "…"'],
    [{ condition: 'none' }, 'zipar decode --model "/models/m" --tokens FILE.json --out FILE.png'],
    [{ noPicture: 'It has no image decoder.' }, 'It has no image decoder.\nzipar generate'],
  ])('gives the command that runs it: %o', (changes, command) => {
    expect(textReport({ ...MODEL, ...changes })).toContain(command);
  });
});

describe('the list of a repository', () => {
  const listing: RepositoryListing = {
    repository: 'a/b',
    commit: '0123456789abcdef0123456789abcdef01234567',
    page: 'https://hub/a/b',
    licence: null,
    isGated: true,
    folder: '/models/a--b',
    freeBytes: 5e9,
    files: [
      { path: 'm.safetensors', size: 2e6, suggested: true, present: 0 },
      { path: 'evil\u001b[2J.txt', size: 10, suggested: false, present: 0 },
    ],
  };

  it('marks what would be downloaded, and says how much that is', () => {
    const text = textListing(listing);
    expect(text).toMatch(/^a\/b at 0123456789ab, https:\/\/hub\/a\/b\nLicence: none stated; gated/);
    expect(text).toMatch(/^\* .* m\.safetensors$/m);
    expect(text).toContain('into /models/a--b');
    expect(totalBytes(listing.files)).toBe(2_000_010);
  });

  it('lets no file name act on the terminal', () => {
    expect(textListing(listing)).not.toContain('\u001b');
  });
});
