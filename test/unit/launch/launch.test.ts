import { build, transform } from 'esbuild';
import path from 'node:path';
import { expect, it } from 'vitest';
import { engines } from '../../../package.json';
import { LEAST_NODE } from '../../../sidecar/launch/launch';

it('asks for the Node.js that package.json names', () => {
  expect(engines.node).toBe(`>=${LEAST_NODE}`);
});

it.each(['zipar', 'sidecar'])(
  '%s starts with a file that old versions of Node.js can read',
  async (program) => {
    const { outputFiles } = await build({
      entryPoints: [path.join(__dirname, `../../../sidecar/launch/${program}.ts`)],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'es2015',
      write: false,
    });
    const text = outputFiles.map((file) => file.text).join();
    expect(text).not.toContain('node:');
    // If code lowered to ES2015 stays the same, it contains no newer syntax.
    const [asItIs, lowered] = await Promise.all(
      ['esnext', 'es2015'].map((target) => transform(text, { minify: true, target })),
    );
    expect(lowered?.code).toBe(asItIs?.code);
  },
);
