import type { CancellationToken } from 'vscode';

/** An aborter that the cancel button of a notification presses. */
export function aborterFor(token: CancellationToken): AbortController {
  const aborter = new AbortController();
  if (token.isCancellationRequested) aborter.abort();
  token.onCancellationRequested(() => {
    aborter.abort();
  });
  return aborter;
}
