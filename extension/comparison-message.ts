import { COMPARISON_COMMANDS, type ComparisonToHost } from '../sidecar/protocol';
import { pageSign } from './page-sign';

/** Reads a message that the page of a comparison posted; undefined for a message that is not part of the protocol. */
export function parseComparisonMessage(value: unknown): ComparisonToHost | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
  switch (value.type) {
    case 'ready':
    case 'received':
      return pageSign(value);
    case 'draw-step': {
      if (!('side' in value) || !('step' in value)) return undefined;
      const { side, step } = value;
      return (side === 0 || side === 1) && typeof step === 'number' && Number.isInteger(step)
        ? { type: 'draw-step', side, step }
        : undefined;
    }
    case 'score':
      return 'isAsked' in value && typeof value.isAsked === 'boolean'
        ? { type: 'score', isAsked: value.isAsked }
        : undefined;
    case 'command': {
      const command = COMPARISON_COMMANDS.find((known) => 'command' in value && value.command === known);
      if (!command || !('side' in value)) return undefined;
      const { side } = value;
      return side === 0 || side === 1 ? { type: 'command', command, side } : undefined;
    }
    default:
      return undefined;
  }
}
