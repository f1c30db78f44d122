const WORD = String.raw`[\p{L}\p{N}_]`;

/** Makes a pattern whose `\w`, `\d` and `\b` know all scripts, as in Python. In JavaScript they know only ASCII. */
export function unicodePattern(source: string, flags: 'g' | 'y' = 'g'): RegExp {
  const unicode = source
    .replaceAll(String.raw`\b`, `(?:(?<=${WORD})(?!${WORD})|(?<!${WORD})(?=${WORD}))`)
    .replaceAll(String.raw`\w`, WORD)
    .replaceAll(String.raw`\d`, String.raw`\p{Nd}`)
    .replaceAll(String.raw`\D`, String.raw`\P{Nd}`);
  return new RegExp(unicode, `${flags}v`);
}
