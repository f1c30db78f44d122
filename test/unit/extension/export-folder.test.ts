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
    ['${workspaceFolder}', []],
    ['${workspaceFolder}/out/images', ['out', 'images']],
    ['${workspaceFolder}\\out', ['out']],
  ])('%j is a path inside the workspace folder', (setting, segments) => {
    expect(exportFolder(setting)).toEqual({ kind: 'folder', segments });
  });

  it('may lie in a named folder of the workspace', () => {
    expect(exportFolder('${workspaceFolder:pictures}/out')).toEqual({
      kind: 'folder',
      segments: ['out'],
      workspaceFolder: 'pictures',
    });
  });

  it.each([
    ['${userHome}/images', '${userHome}'],
    ['${env:OUT}', '${env:OUT}'],
    ['out/${workspaceFolder}', '${workspaceFolder}'],
    ['${workspaceFolder}${env:X}', '${workspaceFolder}'],
    ['${workspaceFolder}/${date}', '${date}'],
  ])('%j holds a variable that cannot stand there', (setting, variable) => {
    expect(exportFolder(setting)).toEqual({ kind: 'unknown-variable', variable });
  });

  it.each(['/tmp', '\\\\server\\share', '\\tmp', 'C:\\images', 'c:images', '~/images', ' /tmp'])(
    '%j is absolute',
    (setting) => {
      expect(exportFolder(setting)).toEqual({ kind: 'absolute' });
    },
  );

  it.each([
    '..',
    '../images',
    'out/../../images',
    'out\\..\\..\\images',
    'out/.. /images',
    '...',
    'a/../b',
    '${workspaceFolder}/..',
    '${workspaceFolder:a}/b/../../c',
  ])('%j might lead out of it', (setting) => {
    expect(exportFolder(setting)).toEqual({ kind: 'escapes' });
  });
});
