import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderName, resolveHubCache } from '../../../sidecar/model/hub-cache';
import { ModelError } from '../../../sidecar/model/model-error';
import { temporaryFolder } from '../extension/temporary-folder';

const [OLD, NEW] = ['1'.repeat(40), '2'.repeat(40)];
const folder = temporaryFolder();

/** Makes the cache folder of a model with these snapshots, as huggingface_hub does. @returns the path of the folder */
function cache(snapshots: readonly string[], main?: string): string {
  const root = join(folder(), 'hub/models--ada--my--model');
  for (const name of ['blobs', 'refs', 'snapshots']) mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, 'blobs/abc'), '{}');
  for (const snapshot of snapshots) {
    mkdirSync(join(root, 'snapshots', snapshot));
    symlinkSync('../../blobs/abc', join(root, 'snapshots', snapshot, 'config.json'));
  }
  if (main !== undefined) writeFileSync(join(root, 'refs/main'), main);
  return root;
}

describe('the cache of a model', () => {
  it.each([
    ['the main branch stands at', [OLD, NEW], NEW, NEW],
    ['is the only one', [OLD], undefined, OLD],
    ['is the only one, where that of the main branch was deleted', [OLD], NEW, OLD],
    ['the main branch stands at, with a line break', [OLD, NEW], `${OLD}\n`, OLD],
  ])('is the snapshot that %s', async (_, snapshots, main, expected) => {
    const root = cache(snapshots, main);
    expect(await resolveHubCache(root)).toBe(join(root, 'snapshots', expected));
  });

  it.each([undefined, '../../..', 'x'.repeat(5000)])(
    'with several snapshots and no main one names them (refs/main: %j)',
    async (main) => {
      const root = cache([OLD, NEW], main);
      const resolved = resolveHubCache(root);
      await expect(resolved).rejects.toThrow(ModelError);
      await expect(resolved).rejects.toThrow(
        `name one of them: ${join(root, 'snapshots', OLD)}, ${join(root, 'snapshots', NEW)}.`,
      );
    },
  );

  it('without a snapshot is refused', async () => {
    await expect(resolveHubCache(cache([]))).rejects.toThrow('holds no snapshot of the model');
  });

  it('that is the whole cache names its models', async () => {
    const hub = dirname(cache([OLD], OLD));
    mkdirSync(join(hub, 'models--b--c'));
    mkdirSync(join(hub, 'datasets--d--e'));
    await expect(resolveHubCache(hub)).rejects.toThrow(
      `${hub} is a cache of models; name one of its folders: models--ada--my--model, models--b--c.`,
    );
  });

  it('is distinguished from other folders, files, and missing paths', async () => {
    const root = cache([OLD], OLD);
    writeFileSync(join(folder(), 'zipar-model.json'), '{}');
    mkdirSync(join(folder(), 'models--a--b'));
    for (const other of [
      folder(),
      join(root, 'snapshots', OLD),
      join(root, 'blobs/abc'),
      join(root, 'nothing'),
    ])
      expect(await resolveHubCache(other)).toBe(other);
  });
});

describe('the name of a model in a folder', () => {
  it('is that of the repository where the folder is a snapshot', () => {
    expect(folderName(join('/hub/models--ada--my-model/snapshots', OLD))).toBe('my-model');
    expect(folderName('/models/mine')).toBe('mine');
    expect(folderName(join('/snapshots', OLD))).toBe(OLD);
  });
});
