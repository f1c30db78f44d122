const MAX_SHOWN = 120;

/**
 * Text from the hub, fit for a terminal and a message: control and formatting characters, which can move the cursor or turn
 * the direction of writing, become "?", and what is long is cut.
 */
export function printable(text: string, maxLength = MAX_SHOWN): string {
  const visible = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
  return visible.length > maxLength ? `${visible.slice(0, maxLength)}…` : visible;
}

/** A name from the hub or from the user in quotation marks, for a message. Characters that cannot be seen are written as escapes. */
export function quoted(name: string): string {
  const cut = name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN)}…` : name;
  return JSON.stringify(cut).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
