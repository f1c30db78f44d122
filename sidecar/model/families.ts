import type { ModelFamily } from './family';
import { EMU3 } from './families/emu3/family';
import { JANUS } from './families/janus/family';
import { LLAMAGEN } from './families/llamagen/family';
import { LUMINA } from './families/lumina/family';
import { RAR } from './families/rar/family';

/** The families that this program runs. A file that several families recognise belongs to the first of them. */
export const FAMILIES: readonly ModelFamily[] = [LLAMAGEN, JANUS, LUMINA, EMU3, RAR];
