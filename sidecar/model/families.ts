import type { ModelFamily } from './family';
import { LLAMAGEN } from './families/llamagen/family';

/** The families that this program runs. A file that several families recognise belongs to the first of them. */
export const FAMILIES: readonly ModelFamily[] = [LLAMAGEN];
