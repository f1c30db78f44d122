import { env, l10n, ThemeIcon, Uri, window, type QuickInputButton, type QuickPickItem } from 'vscode';
import type { ListedFile, RepositoryListing } from '../sidecar/protocol';
import { fileSize } from './file-size';

interface FileItem extends QuickPickItem {
  readonly file: ListedFile;
}

/**
 * Shows a repository's files with their sizes, those that a model needs checked, and asks whether to download them.
 * @returns paths of the files; undefined when the user does not want them
 */
export async function chooseHubFiles(listing: RepositoryListing): Promise<readonly string[] | undefined> {
  const files = await pickFiles(listing);
  if (!files) return undefined;
  const download = l10n.t('Download');
  const page = l10n.t('Open Its Page');
  const answer = await window.showInformationMessage(
    l10n.t('Download {0} from {1}?', fileSize(bytesToCome(files)), listing.repository),
    { modal: true, detail: detailOf(listing, files) },
    download,
    page,
  );
  if (answer === page) await openPage(listing);
  return answer === download ? files.map(({ path }) => path) : undefined;
}

async function pickFiles(listing: RepositoryListing): Promise<readonly ListedFile[] | undefined> {
  const pick = window.createQuickPick<FileItem>();
  const page: QuickInputButton = {
    iconPath: new ThemeIcon('link-external'),
    tooltip: l10n.t('Open Its Page'),
  };
  pick.canSelectMany = true;
  pick.ignoreFocusOut = true;
  pick.buttons = [page];
  pick.placeholder = l10n.t('Files to download; those that a model needs are checked');
  pick.items = [...listing.files].sort((a, b) => Number(b.suggested) - Number(a.suggested)).map(present);
  pick.selectedItems = pick.items.filter(({ file }) => file.suggested);
  const showTotal = (items: readonly FileItem[]): void => {
    const selected = fileSize(bytesToCome(items.map(({ file }) => file)));
    const free = fileSize(listing.freeBytes);
    pick.title = `${listing.repository} · ${licenceOf(listing)} · ${l10n.t('{0} to download, {1} free', selected, free)}`;
  };
  showTotal(pick.selectedItems);
  try {
    return await new Promise((resolve) => {
      pick.onDidChangeSelection(showTotal);
      pick.onDidTriggerButton(() => void openPage(listing));
      pick.onDidAccept(() => {
        if (pick.selectedItems.length > 0) resolve(pick.selectedItems.map(({ file }) => file));
      });
      pick.onDidHide(() => {
        resolve(undefined);
      });
      pick.show();
    });
  } finally {
    pick.dispose();
  }
}

function present(file: ListedFile): FileItem {
  const begun = file.present > 0 ? [l10n.t('{0} are here already', fileSize(file.present))] : [];
  return { label: file.path, description: [fileSize(file.size), ...begun].join(' · '), file };
}

function detailOf(listing: RepositoryListing, files: readonly ListedFile[]): string {
  const hasPickles = files.some(({ path }) => /\.pth?$/.test(path));
  const lines = [
    licenceOf(listing),
    listing.isGated ? l10n.t('Its terms have to be accepted on its page first.') : '',
    l10n.t('Into {0}, where {1} are free', listing.folder, fileSize(listing.freeBytes)),
    hasPickles
      ? l10n.t('A .pt file can hold code. ZipAR Studio reads its numbers only and executes nothing of it.')
      : '',
  ];
  return lines.filter((line) => line !== '').join('\n');
}

function licenceOf({ licence }: RepositoryListing): string {
  return licence === null ? l10n.t('No licence is stated') : l10n.t('Licence: {0}', licence);
}

function bytesToCome(files: readonly ListedFile[]): number {
  return files.reduce((sum, { size, present: here }) => sum + size - here, 0);
}

async function openPage({ page }: RepositoryListing): Promise<void> {
  await env.openExternal(Uri.parse(page));
}
