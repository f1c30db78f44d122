import { describe, expect, it } from 'vitest';
import { isOurOrigin } from '../../../sidecar/server/access';

describe('the Origin of a connection', () => {
  it.each([
    undefined,
    'vscode-webview://0abc',
    'http://127.0.0.1:8080',
    'http://localhost:3000',
    'https://localhost',
    'http://[::1]:8080',
  ])('may be %s', (origin) => {
    expect(isOurOrigin(origin)).toBe(true);
  });

  it.each([
    'https://example.com',
    'http://localhost.example.com',
    'http://127.0.0.1.nip.io',
    'http://127.0.0.2',
    'file://',
    'null',
    '',
    'vscode-webview',
    'http://user@example.com#127.0.0.1',
  ])('may not be %s', (origin) => {
    expect(isOurOrigin(origin)).toBe(false);
  });
});
