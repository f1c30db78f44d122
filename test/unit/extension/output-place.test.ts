import { chmod, mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { problemWithPlace } from '../../../extension/output-place';
import { temporaryFolder } from './temporary-folder';

// On Windows, making links needs special rights.
describe.skipIf(process.platform === 'win32')('the folder that pictures go into', () => {
  const folder = temporaryFolder();
  let workspace = '';
  let outside = '';
  beforeEach(async () => {
    const root = await realpath(folder());
    workspace = path.join(root, 'workspace');
    outside = path.join(root, 'outside');
    await mkdir(workspace);
    await mkdir(outside);
  });
  const look = (...segments: string[]) => problemWithPlace(workspace, segments, [workspace]);

  it('may exist, or not yet', async () => {
    await mkdir(path.join(workspace, 'there'));
    for (const segments of [[], ['there'], ['there', 'deeper'], ['new', 'and', 'deep']])
      expect(await look(...segments)).toBeUndefined();
  });

  it('may be reached through a link that stays in the workspace, or a workspace that is a link', async () => {
    await mkdir(path.join(workspace, 'real'));
    await symlink('real', path.join(workspace, 'link'));
    expect(await look('link', 'new')).toBeUndefined();
    const alias = path.join(folder(), 'alias');
    await symlink(workspace, alias);
    expect(await problemWithPlace(alias, ['link'], [alias])).toBeUndefined();
    await symlink(path.join(alias, 'real'), path.join(workspace, 'through-alias'));
    expect(await problemWithPlace(alias, ['through-alias'], [alias])).toBeUndefined();
  });

  it('may lie in another folder of the workspace', async () => {
    await symlink(outside, path.join(workspace, 'images'));
    expect(await problemWithPlace(workspace, ['images'], [workspace, outside])).toBeUndefined();
  });

  it('must not be, or lie behind, a link that leads out', async () => {
    await symlink(outside, path.join(workspace, 'images'));
    await symlink('..', path.join(workspace, 'up'));
    await symlink('images', path.join(workspace, 'twice'));
    const link = path.join(workspace, 'images');
    const leadsOut = { kind: 'leads-out', link, target: outside };
    expect(await look('images')).toEqual(leadsOut);
    expect(await look('images', 'new', 'deep')).toEqual(leadsOut);
    expect(await look('up', 'outside')).toMatchObject({ kind: 'leads-out', target: path.dirname(outside) });
    expect(await look('twice')).toMatchObject({ kind: 'leads-out', target: outside });
  });

  it('must not be a neighbour whose name begins like the workspace’s', async () => {
    const neighbour = `${workspace}-2`;
    await mkdir(neighbour);
    await symlink(neighbour, path.join(workspace, 'images'));
    expect(await look('images')).toMatchObject({ kind: 'leads-out', target: neighbour });
  });

  it('must not be a broken link or a link to itself', async () => {
    await symlink('missing', path.join(workspace, 'dangling'));
    await symlink('loop', path.join(workspace, 'loop'));
    for (const name of ['dangling', 'loop'])
      expect(await look(name)).toEqual({
        kind: 'leads-out',
        link: path.join(workspace, name),
        target: undefined,
      });
  });

  it('must be a folder, and so must be all on the way', async () => {
    const file = path.join(workspace, 'zipar-images');
    await writeFile(file, '');
    expect(await look('zipar-images')).toEqual({ kind: 'no-folder', path: file });
    expect(await look('zipar-images', 'deep')).toEqual({ kind: 'no-folder', path: file });
  });

  it('must be in a workspace that is still there', async () => {
    const gone = path.join(workspace, 'gone');
    expect(await problemWithPlace(gone, ['a'], [gone])).toEqual({ kind: 'missing', path: gone });
  });

  it.skipIf(process.getuid?.() === 0)('must be writable', async () => {
    await mkdir(path.join(workspace, 'locked'));
    await chmod(path.join(workspace, 'locked'), 0o500);
    const problem = { kind: 'not-writable', path: path.join(workspace, 'locked') };
    expect(await look('locked')).toEqual(problem);
    expect(await look('locked', 'new')).toEqual(problem);
    await chmod(path.join(workspace, 'locked'), 0o700);
  });
});
