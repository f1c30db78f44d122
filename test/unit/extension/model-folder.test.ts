import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { looksLikePath, resolveModelFolder } from '../../../extension/model-folder';

const HOME = path.resolve('/home/user');
const WORKSPACE = path.resolve('/home/me/project');

describe('a model folder of the settings', () => {
  it('may begin at home, at the root or at the workspace', () => {
    expect(resolveModelFolder('~/models/big', HOME, undefined)).toBe(path.join(HOME, 'models', 'big'));
    expect(resolveModelFolder(path.resolve('/models/big'), HOME, undefined)).toBe(
      path.resolve('/models/big'),
    );
    expect(resolveModelFolder('models/big', HOME, WORKSPACE)).toBe(path.join(WORKSPACE, 'models', 'big'));
  });

  it.each([
    ['${workspaceFolder}/models/big', path.join(WORKSPACE, 'models', 'big')],
    ['${workspaceFolder:weights}/big', path.resolve('/mnt/weights/big')],
    ['${userHome}/big', path.join(HOME, 'big')],
    ['${env:MODELS}/big', path.resolve('/srv/models/big')],
    ['models/${env:SIZE}', path.join(WORKSPACE, 'models', 'xl')],
  ])('may hold variables: %s', (setting, expected) => {
    const more = {
      workspaceFolders: [
        { name: 'project', path: WORKSPACE },
        { name: 'weights', path: path.resolve('/mnt/weights') },
      ],
      environment: { MODELS: path.resolve('/srv/models'), SIZE: 'xl' },
    };
    expect(resolveModelFolder(setting, HOME, WORKSPACE, more)).toBe(expected);
  });

  it.each<[setting: string, home: string | undefined, workspaceFolder: string | undefined, why: object]>([
    ['models/big', HOME, undefined, { kind: 'no-folder-open' }],
    ['${workspaceFolder}/big', HOME, undefined, { kind: 'no-folder-open' }],
    ['${workspaceFolder:weights}/big', HOME, WORKSPACE, { kind: 'no-such-folder', name: 'weights' }],
    ['~/big', undefined, WORKSPACE, { kind: 'no-home' }],
    ['${userHome}/big', undefined, WORKSPACE, { kind: 'no-home' }],
    ['${env:ZIPAR_NOT_SET}/big', HOME, WORKSPACE, { kind: 'not-set', name: 'ZIPAR_NOT_SET' }],
    ['${env:}/big', HOME, WORKSPACE, { kind: 'unknown-variable', variable: '${env:}' }],
    ['${workspacefolder}/big', HOME, WORKSPACE, { kind: 'unknown-variable', variable: '${workspacefolder}' }],
    ['/a/${file}', HOME, WORKSPACE, { kind: 'unknown-variable', variable: '${file}' }],
  ])('that cannot be known says why: %s', (setting, home, workspaceFolder, why) => {
    expect(() => resolveModelFolder(setting, home, workspaceFolder)).toThrow(
      expect.objectContaining({ name: 'UnresolvedPathError', why }) as Error,
    );
  });
});

it.each([
  ['shapes', false],
  ['shapes v1.2', false],
  ['', false],
  ['./shapes', true],
  ['~', true],
  ['models/shapes', true],
  ['${env:MODEL}', true],
  ['C:\\models\\shapes', true],
])('%j is a path: %j', (model, expected) => {
  expect(looksLikePath(model)).toBe(expected);
});
