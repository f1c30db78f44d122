/** Pictures that cannot be written to the place that the settings name. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { generate } from './generation';
import { until } from './until';
import { windowForTests } from './window-for-tests';

describe('an export folder that leads out of the workspace', () => {
  const root = mkdtempSync(join(tmpdir(), 'zipar-export-'));
  const workspace = join(root, 'workspace');
  const outside = join(root, 'outside');
  mkdirSync(workspace);
  mkdirSync(outside);
  symlinkSync(outside, join(workspace, 'zipar-images'));
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });
  const window = windowForTests('newest', { workspace, settings: { 'ziparStudio.seed': 7 } });
  const kept = () => join(window().folders.userData, 'User/globalStorage/zipar-studio.zipar-studio/pictures');

  it('is reported before any question, and a picture that is made nevertheless is kept elsewhere', async () => {
    await window().runCommand('ZipAR: Generate Image…');
    const told = await window().notification(/zipar-images is a link that leads out of the workspace/);
    expect(told.buttons).toEqual(['Generate Anyway', 'Open Settings']);
    await told.press('Generate Anyway');
    const prompt = await window().quickInput(/Generate Image/);
    await prompt.type('hills by day');
    await prompt.accept();
    await window().notification(/The image is not lost, it is kept as .*hills-by-day\.png\.$/);
    expect(readdirSync(outside)).toEqual([]);
    expect(readdirSync(kept())).toHaveLength(1);
  });

  it('is also reported if a file has its place, or if the place is wrong when the picture is done', async () => {
    rmSync(join(workspace, 'zipar-images'));
    await generate(window(), 'hills by night');
    await until('the picture', () => Promise.resolve(readdirSync(workspace).includes('zipar-images')));
    rmSync(join(workspace, 'zipar-images'), { recursive: true });
    writeFileSync(join(workspace, 'zipar-images'), 'mine');
    await window().runCommand('ZipAR: Export…');
    await window().notification(
      /zipar-images is a file, so nothing can be written into it\. The image is not lost/,
    );
    expect(readdirSync(kept())).toHaveLength(2);
    expect(readFileSync(join(workspace, 'zipar-images'), 'utf8')).toBe('mine');
    expect(window().extensionHostErrors()).toEqual([]);
  });
});

it('the package names the third-party software that is in it', () => {
  const extensions = inject('vscodes').newest.extensionsFolder;
  const [installed] = readdirSync(extensions).filter((name) => name.startsWith('zipar-studio.'));
  const notices = readFileSync(join(extensions, installed ?? '', 'ThirdPartyNotices.txt'), 'utf8');
  for (const name of ['ws ', '@huggingface/hub ', 'onnxruntime-node '])
    expect(notices).toContain(`\n${name}`);
});
