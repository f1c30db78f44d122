/**
 * WORD JOINER: a character without glyph, width or line break. VS Code reads `[label](command:…)` as a link only if `]` and `(`
 * stand side by side. The same holds for `$(name)` and icons. A joiner between the two characters does not change what the user
 * sees. A backslash would be visible. A ZERO WIDTH SPACE would let a path break over two lines.
 */
const JOINER = '\u2060';
/** Replaces characters that have no shape, or that would reorder the words around them. */
const REPLACEMENT = '\ufffd';

/**
 * Makes one line from foreign text, which VS Code shows as text: no link, no icon, no control character, no reordering. VS
 * Code's notifications, progress, prompts and quick picks have no other way to mark text as plain.
 */
export function plainText(text: string): string {
  return plainLines(text).replace(/\s*\n\s*/g, ' ');
}

/** The same as `plainText` with the line breaks kept, for places that show several lines. */
export function plainLines(text: string): string {
  return text
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replace(/\t/g, ' ')
    .replace(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]|\p{Cs}/gu, REPLACEMENT)
    .replace(/([\]$])(?=\()/g, `$1${JOINER}`);
}
