/** Characters of a pattern at most. DeepSeek's longest has 400. */
const MAX_PATTERN_LENGTH = 10_000;

/**
 * Whether a regular expression is quick to match against any text: no repetition stands inside a repeated group. Nested
 * repetitions such as `(a+)+` may take time that doubles with each character.
 */
export function isFastPattern(pattern: string): boolean {
  if (pattern.length > MAX_PATTERN_LENGTH) return false;
  /** For each open group, whether a repetition was seen in it. */
  const groups: boolean[] = [false];
  for (let i = 0; i < pattern.length; i++) {
    switch (pattern.charAt(i)) {
      case '\\':
        i++;
        break;
      case '[':
        i = endOfClass(pattern, i);
        break;
      case '(':
        groups.push(false);
        // The question mark of "(?:" and its like is no repetition.
        if (pattern[i + 1] === '?') i++;
        break;
      case ')': {
        const repeats = groups.pop() ?? false;
        const isRepeated = ['*', '+', '{'].includes(pattern.charAt(i + 1));
        if (repeats && isRepeated) return false;
        if (repeats || isRepeated) groups[groups.length - 1] = true;
        break;
      }
      case '*':
      case '+':
      case '{':
        groups[groups.length - 1] = true;
        break;
    }
  }
  return true;
}

/** Index of the bracket that closes the class which opens at `start`. A class may hold classes. */
function endOfClass(pattern: string, start: number): number {
  let depth = 0;
  for (let i = start; i < pattern.length; i++) {
    if (pattern[i] === '\\') i++;
    else if (pattern[i] === '[') depth++;
    else if (pattern[i] === ']' && --depth === 0) return i;
  }
  return pattern.length;
}
