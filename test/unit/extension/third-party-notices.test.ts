import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleProduct } from '../../../scripts/bundle-product.mjs';
import { projectFolder } from '../../../scripts/package-file.mjs';
import { bundledPackages, thirdPartyNotices } from '../../../scripts/third-party-notices.mjs';

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/** A sentence from each licence whose text must be passed on. */
const SENTENCES: Readonly<Record<string, string>> = {
  MIT: 'Permission is hereby granted, free of charge',
  '0BSD': 'Permission to use, copy, modify, and/or distribute this software',
  'Apache-2.0': 'TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION',
  'BSD-2-Clause': 'Redistributions of source code must retain',
  'BSD-3-Clause': 'Redistributions of source code must retain',
  ISC: 'Permission to use, copy, modify, and/or distribute this software',
  'MPL-2.0': 'Mozilla Public License Version 2.0',
};

describe('the third-party notices', () => {
  let packages: readonly PackageJson[] = [];
  let sections: readonly string[] = [];
  beforeAll(async () => {
    const metafiles = await bundleProduct({ write: false });
    const folders = [
      ...bundledPackages(metafiles),
      'node_modules/onnxruntime-node',
      'node_modules/onnxruntime-common',
    ];
    packages = folders.map(
      (folder) =>
        JSON.parse(readFileSync(join(projectFolder, folder, 'package.json'), 'utf8')) as PackageJson,
    );
    sections = (await thirdPartyNotices(metafiles)).split(/\n\n={80}\n\n/);
  });

  it('name every package whose code is in the bundles or beside them, with the text of its licence', () => {
    expect(packages.length).toBeGreaterThan(10);
    for (const { name, version, license } of packages) {
      const section = sections.find((text) => text.startsWith(`${name} ${version} (${license})\n`));
      const licences = license.replace(/[()]/g, '').split(' AND ');
      for (const licence of licences) expect(section, name).toContain(SENTENCES[licence]);
    }
  });

  it('hold those of the native libraries', () => {
    const native = sections.filter((text) => text.startsWith('The native libraries of onnxruntime-node '));
    expect(native).toHaveLength(1);
    for (const part of ['Dawn', 'protobuf', 'Eigen', 'abseil']) expect(native[0]).toContain(part);
  });
});

it('packages are found wherever they lie', () => {
  const input = { bytesInOutput: 1 };
  const inputs = {
    'extension/extension.ts': input,
    'node_modules/ws/lib/websocket.js': input,
    'node_modules/@a/b/dist/node_modules/c/index.js': input,
    '../shared/node_modules/d/index.js': input,
  };
  const output = { bytes: 1, imports: [], exports: [], inputs };
  expect([...bundledPackages([{ inputs: {}, outputs: { 'dist/a.js': output } }])]).toEqual([
    'node_modules/ws',
    'node_modules/@a/b/dist/node_modules/c',
    '../shared/node_modules/d',
  ]);
});
