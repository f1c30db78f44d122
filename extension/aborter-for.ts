import type { CancellationToken } from 'vscode';

/** Makes an aborter that the cancel button of a notification triggers. */
export function aborterFor(token: CancellationToken): AbortController {
  const aborter = new AbortController();
  if (token.isCancellationRequested) aborter.abort();
  token.onCancellationRequested(() => {
    aborter.abort();
  });
  return aborter;
}
