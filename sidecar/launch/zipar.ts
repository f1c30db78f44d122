#!/usr/bin/env node
/** Entry point of dist/zipar.js, the `zipar` command. */
import { launch } from './launch';

launch('zipar');
