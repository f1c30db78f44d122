// @ts-check
/**
 * `npm run build`: makes the bundles in dist/, and the licences of all packages in them and beside them. `--development` makes
 * readable bundles. `--watch` makes readable bundles again whenever a source file changes.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { bundleProduct, watchProduct } from './bundle-product.mjs';
import { thirdPartyNotices } from './third-party-notices.mjs';

const { values } = parseArgs({
  options: { development: { type: 'boolean', default: false }, watch: { type: 'boolean', default: false } },
});
if (values.watch) await watchProduct();
else
  await writeFile(
    'ThirdPartyNotices.txt',
    await thirdPartyNotices(await bundleProduct({ development: values.development })),
  );
