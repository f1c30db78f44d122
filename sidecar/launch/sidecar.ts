/** Entry point of dist/sidecar.js. The extension starts it with `fork`. */
import { launch } from './launch';

launch('sidecar');
