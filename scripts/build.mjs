// @ts-check
/** `npm run build`: the bundles in dist/, and the licences of all that is in them and beside them. */
import { writeFile } from 'node:fs/promises';
import { bundleProduct } from './bundle-product.mjs';
import { thirdPartyNotices } from './third-party-notices.mjs';

await writeFile('ThirdPartyNotices.txt', await thirdPartyNotices(await bundleProduct()));
