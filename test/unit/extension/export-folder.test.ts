import { describe, expect, it } from 'vitest';
import { exportFolder } from '../../../extension/export-folder';

describe('the export folder', () => {
  it.each([
    ['zipar-images', ['zipar-images']],
    ['out/images/', ['out', 'images']],
    ['out\\images', ['out', 'images']],
    ['./out//.', ['out']],
    ['', []],
    ['..hidden', ['..hidden']],
  ])('%j is a path inside the workspace folder', (setting, segments) => {
    expect(exportFolder(setting)).toEqual({ kind: 'folder', segments });
  });

  it.each(['/tmp', '\\\\server\\share', '\\tmp', 'C:\\images', 'c:images', '~/images', ' /tmp'])(
    '%j is absolute',
    (setting) => {
      expect(exportFolder(setting)).toEqual({ kind: 'absolute' });
    },
  );

  it.each(['..', '../images', 'out/../../images', 'out\\..\\..\\images', 'out/.. /images', '...', 'a/../b'])(
    '%j might lead out of it',
    (setting) => {
      expect(exportFolder(setting)).toEqual({ kind: 'escapes' });
    },
  );
});
