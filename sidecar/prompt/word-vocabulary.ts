export class PromptError extends Error {}
export class VocabularyError extends Error {}
export interface WordVocabulary { words: string[]; examples: string[] }
export function parseVocabulary(_t: string, _f: string): WordVocabulary { return { words: [], examples: [] }; }
