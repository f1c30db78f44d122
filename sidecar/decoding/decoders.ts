import type { Decoder } from './decoder';
import { RASTER, ZIPAR, ZIPAR_ADAPTIVE } from './zipar/decoders';

/** All decoders, in the order in which the program offers them. To add a decoder, add a folder and a line here. */
export const DECODERS: readonly Decoder[] = [RASTER, ZIPAR, ZIPAR_ADAPTIVE];
