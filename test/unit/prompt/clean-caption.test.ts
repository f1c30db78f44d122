/** Expected texts were computed by LlamaGen's `T5Embedder.text_preprocessing`. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { cleanCaption } from '../../../sidecar/prompt/clean-caption';

const { prompts } = JSON.parse(
  readFileSync(path.join(__dirname, '../../golden/t5-encoder/golden.json'), 'utf8'),
) as { prompts: { prompt: string; caption: string }[] };

it.each(prompts.map(({ prompt, caption }) => [prompt, caption]))('%j is %j', (prompt, caption) => {
  expect(cleanCaption(prompt)).toBe(caption);
});

it.each([
  ['A Red House!', 'a red house!'],
  ['  two   spaces\tand a tab ', 'two spaces and a tab'],
  [
    'a+b = 100% sure, http://x.com/y?z=1 hello <b>bold</b> &amp; Tom&Jerry',
    'a b = 100% sure, ?z=1 hello bold tom jerry',
  ],
  ['see www.example.org/a-b today', 'see today'],
  ['by @ada_l in PARIS', 'by in paris'],
  ['日本 a cat 猫', 'a cat'],
  ['one — two – three', 'one - two - three'],
  ['“quoted” and ‘single’', 'quoted" and \'single'],
  ['"the whole"', 'the whole'],
  ['IMG_1234.jpg of a dog', 'of a dog'],
  ['at 192.168.0.1 today', 'at today'],
  ['#12 #1234 #12345 1234567', '1234'],
  ['jc6640 jc6640vc 6640vc231 j2d1a2a', ''],
  ['free shipping worldwide free shipping', ''],
  ['free download of a boat, click for more', 'of a boat'],
  ['poster 20x30 cm', 'poster cm'],
  ['a (small) [blue] {car} | now/then', 'a small blue car now then'],
  ['this-is-my-cute-cat', 'this is my cute cat'],
  ['a well-known cat', 'a well-known cat'],
  ['cat,dog.Then a fox', 'cat, dog. then a fox'],
  ['what : this', 'what: this'],
  ['page 12 of a book', 'of a book'],
  ['...and so on', 'and so on'],
  ['wait ... what', 'wait what'],
  ['naïve café', 'naïve café'],
  ['привет мир', 'привет мир'],
  ['½ cup', 'cup'],
  ['ｆｕｌｌ ﬁne', 'full fine'],
  ['caf%C3%A9 %41', 'café a'],
  ['<person> on a horse', 'person on a horse'],
  ['#123456', ''],
  ['', ''],
  ["don't", "don't"],
  ['it.', 'it.'],
  ['a photo of 3.5 apples, 5:30', 'a photo of 3.5 apples, 5:30'],
  ['png image of a tree', 'of a tree'],
  ['line\\nbreak', 'line break'],
])('%j is %j', (caption, cleaned) => {
  expect(cleanCaption(caption)).toBe(cleaned);
});
