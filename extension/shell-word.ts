/** The shells of the terminals that VS Code opens: `powershell` on Windows, and `posix` elsewhere. */
export type Shell = 'posix' | 'powershell';

/** Characters that no shell gives a meaning. */
const PLAIN = /^[\w./:+-]+$/;

/**
 * Writes a text as one word of a command line. Whatever it holds, the shell takes it as text. Control characters are written as
 * escapes, because a terminal could act on them while the line is pasted.
 */
export function shellWord(text: string, shell: Shell): string {
  if (PLAIN.test(text)) return text;
  const hasControls = /\p{Cc}/u.test(text);
  switch (shell) {
    case 'posix':
      return hasControls
        ? `$'${text.replace(/[\\'!]|\p{Cc}/gu, bytesInHex)}'`
        : `'${text.replaceAll("'", "'\\''")}'`;
    case 'powershell':
      // PowerShell reads typographic quotation marks as plain ones.
      return hasControls
        ? `"${text.replace(/[`$"\u201c-\u201e]/g, '`$&').replace(/\p{Cc}/gu, numberedCharacter)}"`
        : `'${text.replace(/['\u2018-\u201b]/g, '$&$&')}'`;
  }
}

function bytesInHex(character: string): string {
  return [...new TextEncoder().encode(character)]
    .map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`)
    .join('');
}

function numberedCharacter(character: string): string {
  return `$([char]${character.charCodeAt(0)})`;
}
