import type { EventEmitter } from 'node:events';
import type { ProtocolError } from '../protocol';
import type { DecodedImage } from './engine-messages';
import type { Run } from './run';

/** What the engine tells its listeners. */
interface EngineEventsByName {
  /** The weights are packed before the run can begin. `fraction` 0..1 is done. */
  packing: [run: Run, fraction: number];
  /** A sentence for the log. */
  notice: [text: string];
  step: [run: Run];
  /** A picture of the cells that are decided so far. */
  preview: [run: Run, step: number, image: DecodedImage];
  ended: [run: Run];
  /** The run has saved itself into a file, from which it can go on. */
  saved: [run: Run, file: string];
  /** The provider failed, and the run begins again on another provider. The old trace is kept until the new one overtakes it. */
  moved: [run: Run, notice: string];
  /** The inference thread died. */
  crashed: [error: ProtocolError];
}

export type EngineEvents = EventEmitter<EngineEventsByName>;
