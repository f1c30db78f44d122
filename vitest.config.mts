import { defineConfig } from 'vitest/config';

// As sidecar/telemetry-off.ts does; the processes that run tests inherit it.
process.env.ORT_DISABLE_TELEMETRY = '1';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          environment: 'node',
          testTimeout: 120_000, // no test of speed: a busy machine takes its time
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          environment: 'node',
          testTimeout: 300_000, // only what is correct is tested: a busy machine takes its time
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'end to end',
          include: ['test/e2e/**/*.test.ts'],
          environment: 'node',
          globalSetup: ['test/e2e/global-setup.ts'],
          testTimeout: 900_000, // no test of speed: a busy machine takes its time
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
