// @ts-check
/**
 * The rules of plain English that a program can check: short sentences, no banned openings and phrases, one word for one thing.
 * `docs/glossary.md` names the words; `CONTRIBUTING.md` gives the rules.
 */
import ts from 'typescript';

/** Maximum number of words in a sentence. */
const MAX_WORDS = 25;

/** Openings of fragments, and of sentences that point at a thing instead of naming the thing. */
const BANNED_OPENINGS = /^(?:Of|That|Whoever|Which|So many|Nobody|And)\b/;

/** @type {readonly (readonly [pattern: RegExp, instead: string])[]} */
const BANNED_PHRASES = [
  [/\bof which\b/i, 'name the thing, in a sentence of its own'],
  [/\bso many\b/i, 'say how many, or "as many as"'],
  [/\banew\b/i, '"again"'],
  [/\bnobody['’]s\b/i, 'name who does not'],
  [/\b(?:is|are) had\b/i, '"there is", or a verb that acts'],
  [/\bwhoever\b/i, 'name who'],
];

/** Words for which the glossary has another word; checked in documents only. @type {typeof BANNED_PHRASES} */
const BANNED_WORDS = [
  [/\b(?:forward|a|an|one|each|the|every|per|of) pass\b|\bpasses\b/i, '"step", see docs/glossary.md'],
];

/**
 * @typedef {object} Finding
 * @property {number} line 1-based.
 * @property {string} problem
 * @property {string} sentence
 */

/**
 * Checks the prose of a Markdown document. Code, tables and headings are not prose.
 * @param {string} text
 * @returns {readonly Finding[]}
 */
export function checkMarkdown(text) {
  /** @type {Finding[]} */
  const findings = [];
  for (const { line, prose } of paragraphsOf(text))
    findings.push(...checkProse(prose, line, [...BANNED_PHRASES, ...BANNED_WORDS]));
  return findings;
}

/**
 * Checks the comments of a TypeScript or JavaScript file.
 * @param {string} text
 * @returns {readonly Finding[]}
 */
export function checkComments(text) {
  return commentsOf(text).flatMap(({ line, prose }) => checkProse(prose, line, BANNED_PHRASES));
}

/**
 * @param {string} prose
 * @param {number} line
 * @param {typeof BANNED_PHRASES} phrases
 * @returns {readonly Finding[]}
 */
function checkProse(prose, line, phrases) {
  return sentencesOf(prose).flatMap((sentence) => {
    /** @type {string[]} */
    const problems = [];
    const words = wordsOf(sentence);
    if (words > MAX_WORDS) problems.push(`has ${words} words, more than ${MAX_WORDS}`);
    const opening = BANNED_OPENINGS.exec(sentence);
    if (opening) problems.push(`begins with "${opening[0]}"; say subject, verb, object`);
    for (const [pattern, instead] of phrases) {
      const found = pattern.exec(sentence);
      if (found) problems.push(`says "${found[0]}"; write ${instead}`);
    }
    return problems.map((problem) => ({ line, problem, sentence }));
  });
}

/** @param {string} prose */
function sentencesOf(prose) {
  const plain = prose
    .replace(/```[\s\S]*?```/g, ' ')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\{@link ([^}]*)\}/g, '$1')
    .replace(/`[^`]*`/g, 'X')
    .replace(/\(https?:[^)]*\)|https?:\S+/g, 'X')
    .replace(/[*_]{1,2}(?=\S)|(?<=\S)[*_]{1,2}/g, '')
    // These dots do not end a sentence.
    .replace(/\b(e\.g|i\.e|etc|vs|al|cf|Eq|No|approx)\./gi, '$1')
    .replace(/(\d)\.(\d)/g, '$1,$2')
    .replace(/(\w)\.(\w)/g, '$1$2')
    .replace(/\s+/g, ' ')
    .trim();
  return plain
    .split(/(?<=[.!?…]["”’)]*)\s+(?=["“(]?[A-Z0-9X…])/)
    .filter((sentence) => /\p{L}/u.test(sentence));
}

/** @param {string} sentence */
function wordsOf(sentence) {
  return sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

/**
 * The paragraphs and list items of a document, without code blocks, tables, headings and HTML.
 * @param {string} text
 */
function paragraphsOf(text) {
  /** @type {{ line: number, prose: string }[]} */
  const paragraphs = [];
  let isCode = false;
  let isOpen = false;
  for (const [i, raw] of text.split('\n').entries()) {
    if (/^\s*(```|~~~)/.test(raw)) isCode = !isCode;
    const isProse =
      !isCode &&
      !/^\s*(```|~~~|\||#|<|---)/.test(raw) &&
      raw.trim() !== '' &&
      !/^( {4}|\t)(?![-*\d])/.test(raw);
    if (!isProse) {
      isOpen = false;
      continue;
    }
    const item = /^\s*(?:[-*]|\d+\.|>)\s+(.*)$/.exec(raw);
    const last = paragraphs.at(-1);
    if (item || !isOpen || !last) paragraphs.push({ line: i + 1, prose: item?.[1] ?? raw });
    else last.prose += ` ${raw.trim()}`;
    isOpen = true;
  }
  return paragraphs;
}

/**
 * Comments as prose. A block comment is split into its text and its tags; neighbouring line comments are joined.
 * @param {string} text
 */
function commentsOf(text) {
  const file = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, true);
  /** @type {Map<number, ts.CommentRange>} */
  const ranges = new Map();
  const visit = (/** @type {ts.Node} */ node) => {
    for (const range of [
      ...(ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.getEnd()) ?? []),
    ])
      ranges.set(range.pos, range);
    for (const child of node.getChildren(file)) visit(child);
  };
  visit(file);
  /** @type {{ line: number, end: number, prose: string }[]} */
  const comments = [];
  for (const { pos, end, kind } of [...ranges.values()].sort((a, b) => a.pos - b.pos)) {
    const source = text.slice(pos, end);
    const line = file.getLineAndCharacterOfPosition(pos).line + 1;
    if (kind === ts.SyntaxKind.SingleLineCommentTrivia) {
      const prose = source.replace(/^\/\/+\s?/, '');
      if (/^\s*(@ts-|eslint-|prettier-)/.test(prose)) continue;
      const last = comments.at(-1);
      if (last && last.end === line - 1) Object.assign(last, { end: line, prose: `${last.prose} ${prose}` });
      else comments.push({ line, end: line, prose });
    } else {
      const body = source.replace(/^\/\*+|\*+\/$/g, '').replace(/^[ \t]*\*[ \t]?/gm, '');
      for (const part of partsOf(body)) comments.push({ line, end: -1, prose: part });
    }
  }
  return comments;
}

/**
 * The text of a doc comment and the texts of its tags. Tables, lists and paragraphs are separate parts.
 * @param {string} body
 */
function partsOf(body) {
  return body
    .split(/\n\s*\n|\n(?=\s*@\w)|\n(?=\s*(?:[-*]|\d+\.)\s)|\n(?=\s*\|)/)
    .map((part) => part.trim())
    .filter((part) => !part.startsWith('|') && !/^@(type|typedef|template|import|property|ts-)/.test(part))
    .map((part) =>
      part
        .replace(/^@(param|property)\s+(\{[^}]*\}\s*)?[\w.,\s]*?(?=\s[a-zA-Z(`"])/, '')
        .replace(/^@\w+\s*(\{[^}]*\})?/, ''),
    )
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
