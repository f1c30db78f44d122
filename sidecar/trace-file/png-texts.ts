import { pngChunks } from './png-chunks';

/**
 * The texts before the picture of a PNG file, by their keywords. `bytes` may end anywhere after these texts, so the first
 * kilobytes of a file are enough. Compressed and damaged texts are left out.
 */
export function leadingPngTexts(bytes: Uint8Array): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { type, data } of pngChunks(bytes)) {
    if (type === 'IDAT') break;
    const found = type === 'tEXt' ? latin1Text(data) : type === 'iTXt' ? unicodeText(data) : undefined;
    if (found && !texts.has(found[0])) texts.set(found[0], found[1]);
  }
  return texts;
}

function latin1Text(data: Uint8Array): [string, string] | undefined {
  const end = data.indexOf(0);
  return end < 1 ? undefined : [latin1(data.subarray(0, end)), latin1(data.subarray(end + 1))];
}

/**
 * Reads an `iTXt` chunk: keyword, NUL, compression flag, compression method, language, NUL, translated keyword, NUL, text.
 * @returns keyword and text; undefined when the text is compressed or damaged
 */
function unicodeText(data: Uint8Array): [string, string] | undefined {
  const end = data.indexOf(0);
  const language = data.indexOf(0, end + 3);
  const translated = language < 0 ? -1 : data.indexOf(0, language + 1);
  if (end < 1 || translated < 0 || data[end + 1] !== 0) return undefined;
  try {
    return [
      latin1(data.subarray(0, end)),
      new TextDecoder('utf-8', { fatal: true }).decode(data.subarray(translated + 1)),
    ];
  } catch {
    return undefined;
  }
}

/** Decodes Latin-1. TextDecoder cannot do this, because its `latin1` is another encoding, Windows-1252. */
function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
