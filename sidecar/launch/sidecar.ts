/** Entry point of dist/sidecar.js, which the extension forks. */
import { launch } from './launch';

launch('sidecar');
