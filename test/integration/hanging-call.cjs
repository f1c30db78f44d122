// @ts-check
/**
 * Loaded before a program of ours (`node --require`) to make it hang where ZIPAR_TEST_HANG says: in a native call that never
 * returns, as inside a driver that hangs, or on the main thread. Says "hangs" on stderr once it does.
 */
const { openSync, writeSync } = require('node:fs');
const Module = require('node:module');
const { isMainThread } = require('node:worker_threads');

const { ZIPAR_TEST_HANG: place, ZIPAR_TEST_FIFO: fifo = '' } = process.env;

/** Opening a FIFO that nobody writes to waits for ever, and no JavaScript can end it. */
function hang() {
  writeSync(2, 'hangs\n');
  openSync(fifo, 'r');
}

/** @param {import('onnxruntime-node')} runtime */
function withHangingSessions(runtime) {
  const { InferenceSession } = runtime;
  const create = InferenceSession.create.bind(InferenceSession);
  let passes = 0;
  InferenceSession.create = async (...args) => {
    if (place === 'loading') hang();
    // @ts-expect-error as above
    const session = await create(...args);
    const isDecoder = session.outputNames.includes('image');
    const run = session.run.bind(session);
    session.run = (...inputs) => {
      if (place === 'drawing' && isDecoder) hang();
      if (place === 'decoding' && !isDecoder && ++passes === 5) hang();
      // @ts-expect-error as above
      return run(...inputs);
    };
    return session;
  };
}

// @ts-expect-error not part of its types
const load = Module._load;
let isPatched = false;
// @ts-expect-error not part of its types
Module._load = (request, ...rest) => {
  const loaded = load(request, ...rest);
  if (request === 'onnxruntime-node' && !isPatched) {
    isPatched = true;
    withHangingSessions(loaded);
  }
  return loaded;
};

if (place === 'main thread' && isMainThread) {
  process.on('SIGUSR2', () => {
    writeSync(2, 'hangs\n');
    for (;;);
  });
}
