import { describe, expect, it } from 'vitest';
import { contentSecurityPolicy, messagePage, scriptedPage } from '../../../extension/webview-html';

const parts = {
  cspSource: 'https://*.vscode-cdn.net',
  nonce: 'n0nce',
  style: 'https://x/dist/webview.css',
  language: 'de',
  translations: undefined,
  title: 'Title',
};

describe('the page’s Content-Security-Policy', () => {
  it('allows our own script and style and one socket, and nothing unsafe', () => {
    const policy = contentSecurityPolicy({ ...parts, socket: 'ws://127.0.0.1:40123' });
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      "script-src https://*.vscode-cdn.net 'nonce-n0nce'",
      "style-src https://*.vscode-cdn.net 'nonce-n0nce'",
      'img-src https://*.vscode-cdn.net blob: data:',
      'font-src https://*.vscode-cdn.net',
      'connect-src ws://127.0.0.1:40123',
      "base-uri 'none'",
      "form-action 'none'",
    ]);
  });

  it('allows no socket while there is no sidecar', () => {
    expect(contentSecurityPolicy({ ...parts, socket: undefined })).toContain("connect-src 'none'");
  });
});

describe('the page', () => {
  it('loads script and style under its policy', () => {
    const page = scriptedPage({
      ...parts,
      socket: 'ws://127.0.0.1:1',
      script: 'https://x/dist/webview.js',
    });
    expect(page).toContain('<html lang="de">');
    expect(page).toContain('<script nonce="n0nce" src="https://x/dist/webview.js"></script>');
    expect(page).toContain('<link rel="stylesheet" href="https://x/dist/webview.css">');
    expect(page).toContain('connect-src ws://127.0.0.1:1;');
  });

  it('shows a message as text', () => {
    const page = messagePage(parts, 'died: <script>alert("1")</script> & more');
    expect(page).toContain('died: &#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62; &#38; more');
    expect(page).not.toContain('<script');
  });
});
