import { roundedTime } from '../protocol';

/** A time in words: "40 seconds", "12 minutes", "2 hours 10 minutes". */
export function durationText(ms: number): string {
  const { hours, minutes, seconds } = roundedTime(ms);
  const parts = [counted(hours, 'hour'), counted(minutes, 'minute'), counted(seconds, 'second')];
  return parts.filter((part) => part !== '').join(' ');
}

function counted(count: number, unit: string): string {
  if (count === 0) return '';
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
