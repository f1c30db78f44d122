import { homedir } from 'node:os';

/** The user's home folder. Undefined for a user without one: no HOME, and no entry among the system's users. */
export function homeFolder(): string | undefined {
  try {
    return homedir() || undefined;
  } catch {
    return undefined;
  }
}
