const MAX_SHOWN = 120;

/**
 * Makes text from the hub safe for a terminal and a message. Control and formatting characters become "?", because they can
 * move the cursor or turn the direction of writing. Long text is cut.
 */
export function printable(text: string, maxLength = MAX_SHOWN): string {
  const visible = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
  return visible.length > maxLength ? `${visible.slice(0, maxLength)}…` : visible;
}

/** Puts a name from the hub or from the user in quotation marks, for a message. Invisible characters are written as escapes. */
export function quoted(name: string): string {
  const cut = name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN)}…` : name;
  return JSON.stringify(cut).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
