import type { Decoder } from './decoder';
import { PJD } from './pjd/pjd';
import { SCD } from './scd/scd';
import { RASTER, ZIPAR, ZIPAR_ADAPTIVE } from './zipar/decoders';

/** All decoders, in the order in which the program offers them. To add a decoder, add a folder and a line here. */
export const DECODERS: readonly Decoder[] = [RASTER, ZIPAR, ZIPAR_ADAPTIVE, SCD, PJD];
