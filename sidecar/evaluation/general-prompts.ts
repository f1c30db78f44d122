/**
 * Prompts for models that read any text, when no prompt set is given. They ask for what people commonly ask such models
 * for: single objects, several objects, colours, places, counts, ways of drawing. Each fits into a caption of 120 tokens.
 */
export const GENERAL_PROMPTS: readonly string[] = [
  'a red apple on a wooden table',
  'a golden retriever running on a beach',
  'a blue bicycle leaning against a brick wall',
  'snowy mountains above a calm lake at sunrise',
  'a portrait of an old fisherman with a grey beard',
  'three white cups in a row',
  'a street market in the rain at night, with neon lights',
  'a steam train crossing a stone bridge in autumn',
  'an oil painting of sunflowers in a vase',
  'a lighthouse on a cliff under dark clouds',
  'a bowl of ramen with an egg, seen from above',
  'a small wooden cabin in a pine forest covered in snow',
  'a watercolour of a sailing boat',
  'a black cat asleep on a stack of books',
  'a hot air balloon over green hills',
  'a glass of orange juice beside a plate of pancakes',
  'an astronaut riding a horse, pencil drawing',
  'a macro photograph of a bee on a purple flower',
  'a modern living room with a yellow sofa',
  'a castle in the desert, low sun, long shadows',
];
