import type { EventEmitter } from 'node:events';
import type { ProtocolError } from '../protocol';
import type { DecodedImage } from './engine-messages';
import type { Run } from './run';
import type { Said } from '../protocol/sentence';

/** The events of the engine, by name, with their arguments. */
interface EngineEventsByName {
  /** The weights are being packed, before the run can begin. `fraction` is the part that is done, 0..1. */
  packing: [run: Run, fraction: number];
  /** A sentence for the log. */
  notice: [text: string];
  /** The trace of the run has a new step. */
  step: [run: Run];
  /** The run waits between two steps, and is saved. */
  paused: [run: Run];
  /** A run that waited goes on. */
  'goes-on': [run: Run];
  /** A picture of the cells that are decided so far, or the finished picture. */
  preview: [run: Run, step: number, image: DecodedImage];
  /** All tokens are decided, and the finished picture is being drawn. `expectedMs`: as measured, else estimated. */
  drawing: [run: Run, expectedMs: number];
  /** The run is complete, cancelled or failed. */
  ended: [run: Run];
  /** The run has saved itself into a file, from which it can go on. */
  saved: [run: Run, file: string];
  /** The provider failed, and the run begins again on the CPU. The old trace is kept until the new one has more steps. */
  moved: [run: Run, notice: Said];
  /** The inference thread ended unexpectedly. */
  crashed: [error: ProtocolError];
}

export type EngineEvents = EventEmitter<EngineEventsByName>;
