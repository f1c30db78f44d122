import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { asLink, openingCommand, writeFirstWindowSettings } from '../../../scripts/first-window.mjs';

const ADDRESS = 'http://127.0.0.1:41234/';

describe('the window of npm run code', () => {
  it('has no chat and no welcome page, and keeps what the user changes there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'zipar-window-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    const file = join(folder, 'User', 'settings.json');
    writeFirstWindowSettings(folder);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      'chat.disableAIFeatures': true,
      'workbench.startupEditor': 'none',
    });
    writeFileSync(file, '{"a": 1}');
    writeFirstWindowSettings(folder);
    expect(readFileSync(file, 'utf8')).toBe('{"a": 1}');
  });
});

describe('its address', () => {
  it('opens in the browser where there is a screen', () => {
    expect(openingCommand(ADDRESS, 'linux', { DISPLAY: ':0' })).toEqual(['xdg-open', ADDRESS]);
    expect(openingCommand(ADDRESS, 'darwin', {})).toEqual(['open', ADDRESS]);
    expect(openingCommand(ADDRESS, 'linux', {})).toBeUndefined();
    expect(openingCommand(ADDRESS, 'darwin', { SSH_CONNECTION: '10.0.0.1' })).toBeUndefined();
  });

  it('is a link in a terminal, and plain text elsewhere', () => {
    expect(asLink(ADDRESS, false)).toBe(ADDRESS);
    expect(asLink(ADDRESS, true)).toContain(`]8;;${ADDRESS}`);
  });
});
