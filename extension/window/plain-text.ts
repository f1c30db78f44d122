/**
 * WORD JOINER: no glyph, no width, no line break. VS Code reads `[label](command:…)` as a link only where `]` and `(` stand
 * side by side, and `$(name)` as an icon likewise. A joiner between them leaves what the user reads as it was. A backslash
 * would be shown. A ZERO WIDTH SPACE would let a path break over two lines.
 */
const JOINER = '\u2060';
/** Stands for what has no shape, or would reorder the words around it. */
const REPLACEMENT = '\ufffd';

/**
 * Text from anywhere as one line that VS Code shows as text: no link, no icon, no control character, no reordering.
 * VS Code's notifications, progress, prompts and quick picks have no other way to say that a text is only text.
 */
export function plainText(text: string): string {
  return plainLines(text).replace(/\s*\n\s*/g, ' ');
}

/** The same, with the lines kept: for a place that shows several. */
export function plainLines(text: string): string {
  return text
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replace(/\t/g, ' ')
    .replace(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]|\p{Cs}/gu, REPLACEMENT)
    .replace(/([\]$])(?=\()/g, `$1${JOINER}`);
}
