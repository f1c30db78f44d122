// @ts-check
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFolder } from './package-file.mjs';

/** Packages that ship unbundled, beside the bundles: see .vscodeignore. */
const BESIDE = ['node_modules/onnxruntime-node', 'node_modules/onnxruntime-common'];

/** Licence texts for packages that are published without a licence text. */
const LICENCES = join(projectFolder, 'scripts/licences');

/**
 * Licences of what is compiled into ONNX Runtime's libraries. ONNX Runtime's Python package of the same version contains the
 * file.
 */
const NATIVE = /^onnxruntime-(\d+\.\d+\.\d+)-third-party\.txt$/;

const RULE = '='.repeat(80);

/**
 * Makes the third-party notices of the product: each package in the bundles and beside them, with its licence.
 *
 * @param {readonly import('esbuild').Metafile[]} metafiles
 * @returns {Promise<string>}
 * @throws {Error} If a licence is missing; the message says what to do.
 */
export async function thirdPartyNotices(metafiles) {
  const folders = [...new Set([...bundledPackages(metafiles), ...BESIDE])].sort();
  const notices = await Promise.all(folders.map(noticeOf));
  return [
    'ZipAR Studio contains the following third-party software.',
    ...notices,
    await licenceIn(join(LICENCES, 'onnxruntime-windows.txt')),
    await nativeNotices(),
  ].join(`\n\n${RULE}\n\n`);
}

/**
 * Folders of the packages whose code is in the bundles.
 *
 * @param {readonly import('esbuild').Metafile[]} metafiles
 */
export function bundledPackages(metafiles) {
  const inputs = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap((output) => Object.keys(output.inputs)),
  );
  const folders = inputs.flatMap((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? []);
  return new Set(folders);
}

/**
 * Name, version and licence of a package.
 *
 * @param {string} folder Relative to the project.
 */
async function noticeOf(folder) {
  const { name, version, license } = JSON.parse(
    await readFile(join(projectFolder, folder, 'package.json'), 'utf8'),
  );
  const files = (await readdir(join(projectFolder, folder)))
    .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    .sort()
    .map((file) => join(projectFolder, folder, file));
  const texts = await Promise.all((files.length > 0 ? files : [ourCopy(name)]).map(licenceIn));
  return [`${name} ${version} (${license})`, ...texts].join('\n\n');
}

/** @param {string} name */
function ourCopy(name) {
  const isMicrosofts = /^(@microsoft\/|onnxruntime-)/.test(name);
  const file = isMicrosofts ? 'microsoft' : name.replace(/^@/, '').replace('/', '-');
  return join(LICENCES, `${file}.txt`);
}

/** @param {string} file */
async function licenceIn(file) {
  const text = await readFile(file, 'utf8').catch(() => '');
  if (text.trim() === '') throw new Error(`There is no licence text in ${file}: put it there.`);
  return text.replace(/\r\n/g, '\n').trim();
}

/** @returns {Promise<string>} */
async function nativeNotices() {
  const { version } = JSON.parse(
    await readFile(join(projectFolder, BESIDE[0] ?? '', 'package.json'), 'utf8'),
  );
  const file = (await readdir(LICENCES)).find((name) => NATIVE.exec(name)?.[1] === version);
  if (file === undefined)
    throw new Error(
      `scripts/licences has no onnxruntime-${version}-third-party.txt: it is ThirdPartyNotices.txt in the Python package onnxruntime ${version}.`,
    );
  return `The native libraries of onnxruntime-node ${version}\n\n${await licenceIn(join(LICENCES, file))}`;
}
