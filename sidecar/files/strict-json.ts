import { sentence, SentenceError } from '../protocol/sentence';

/** The reason why a JSON text is refused: it is not JSON, is nested too deep, or has a key twice in one object. */
export class StrictJsonError extends SentenceError {
  override readonly name = 'StrictJsonError';
}

/** Parses UTF-8 bytes like {@link parseStrictJsonText}. A byte order mark is refused. @throws StrictJsonError */
export function parseStrictJson(bytes: Uint8Array, maxDepth: number): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new StrictJsonError(sentence`is not UTF-8 text`);
  }
  return parseStrictJsonText(text, maxDepth);
}

/**
 * Parses JSON that is not trusted. With two equal keys, `JSON.parse` takes the last, so two programs may read one text
 * differently. Such a text is refused. A text that is nested deeper than `maxDepth` is refused too.
 * @throws StrictJsonError
 */
export function parseStrictJsonText(text: string, maxDepth: number): unknown {
  // This check comes before parsing, so that a deep nesting is never built.
  checkNestingAndKeys(text, maxDepth);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new StrictJsonError(sentence`is not valid JSON`);
  }
}

/** Goes once over the tokens that matter: strings, brackets, colons. The parser later decides whether the text is JSON. */
function checkNestingAndKeys(text: string, maxDepth: number): void {
  /** Keys seen in each open object; undefined for an open array. */
  const open: (Set<string> | undefined)[] = [];
  let lastString: string | undefined;
  for (let i = 0; i < text.length; i++) {
    switch (text.charAt(i)) {
      case '{':
      case '[':
        open.push(text[i] === '{' ? new Set() : undefined);
        if (open.length > maxDepth)
          throw new StrictJsonError(sentence`is nested deeper than ${maxDepth} levels`);
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ':':
        if (lastString !== undefined) addKey(open.at(-1), lastString);
        lastString = undefined;
        break;
      case '"': {
        const end = endOfString(text, i);
        lastString = text.slice(i, end);
        i = end - 1;
        break;
      }
    }
  }
}

/** Index after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '"') return i + 1;
    if (text[i] === '\\') i++;
  }
  throw new StrictJsonError(sentence`is not valid JSON`);
}

function addKey(keys: Set<string> | undefined, literal: string): void {
  const key = unescape(literal);
  if (keys?.has(key)) throw new StrictJsonError(sentence`has the key ${literal.slice(0, 100)} twice`);
  keys?.add(key);
}

/** Resolves escapes in a key. Two spellings of a key ("a", "\u0061") are the same key. */
function unescape(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return JSON.parse(literal) as string;
  } catch {
    throw new StrictJsonError(sentence`is not valid JSON`);
  }
}

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
