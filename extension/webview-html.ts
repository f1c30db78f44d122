import { randomBytes } from 'node:crypto';

/** A nonce for the policy of one page. */
export function newNonce(): string {
  return randomBytes(16).toString('base64url');
}

/** The policy that limits what the page may load and reach: its own script and style, and one socket. */
export function contentSecurityPolicy(parts: {
  readonly cspSource: string;
  readonly nonce: string;
  /** `ws://127.0.0.1:PORT`; undefined while no sidecar listens. */
  readonly socket: string | undefined;
}): string {
  const { cspSource, nonce, socket } = parts;
  return [
    "default-src 'none'",
    `script-src ${cspSource} 'nonce-${nonce}'`,
    // The nonce is for the toolkit, which tests :focus-visible with a style element of its own.
    `style-src ${cspSource} 'nonce-${nonce}'`,
    `img-src ${cspSource} blob: data:`,
    `font-src ${cspSource}`,
    `connect-src ${socket ?? "'none'"}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

export interface PageParts {
  readonly cspSource: string;
  readonly nonce: string;
  /** `ws://127.0.0.1:PORT`; undefined while no sidecar listens. */
  readonly socket: string | undefined;
  readonly script: string;
  readonly style: string;
  readonly language: string;
  readonly title: string;
  /** Translations of the page's texts by their English texts; undefined for English. */
  readonly translations: Readonly<Record<string, string>> | undefined;
}

/** A page that its script fills. */
export function scriptedPage(parts: PageParts): string {
  return page(
    parts,
    `<script nonce="${escapeHtml(parts.nonce)}" src="${escapeHtml(parts.script)}"></script>`,
  );
}

/** The page with a message, shown until the sidecar listens, or when it could not start. */
export function messagePage(parts: Omit<PageParts, 'socket' | 'script'>, message: string): string {
  return page({ ...parts, socket: undefined }, `<p role="status">${escapeHtml(message)}</p>`);
}

function page(
  parts: Omit<PageParts, 'socket' | 'script'> & { readonly socket: string | undefined },
  body: string,
): string {
  return `<!DOCTYPE html>
<html lang="${escapeHtml(parts.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(contentSecurityPolicy(parts))}">
<meta name="translations" content="${escapeHtml(parts.translations ? JSON.stringify(parts.translations) : '')}">
<meta property="csp-nonce" content="${escapeHtml(parts.nonce)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(parts.title)}</title>
<link rel="stylesheet" href="${escapeHtml(parts.style)}">
</head>
<body>
${body}
</body>
</html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
