import { chromium, type Browser } from 'playwright-core';
import { findChromium } from '../../scripts/install-system-packages.mjs';
import { PATIENCE_MS } from './until';

/**
 * Arguments that turn off Chromium's own traffic and hardware, which would only add noise. Its sandbox does not run as root.
 */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function launchChromium(env: NodeJS.ProcessEnv): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    throw new Error('There is no chromium on PATH, and ZIPAR_CHROMIUM names none.');
  }
  return chromium.launch({ executablePath, args: ARGUMENTS, env: { ...env }, timeout: PATIENCE_MS });
}
