import { env, l10n, ThemeIcon, Uri, type QuickInputButton } from 'vscode';
import type { ListedFile, RepositoryListing } from '../sidecar/protocol';
import { fileSize } from './file-size';
import { askInDialog } from './window/notifications';
import { ChoiceList, type Choice } from './window/quick-inputs';

interface FileItem extends Choice {
  readonly file: ListedFile;
}

/**
 * Shows a repository's files with their sizes, and asks whether to download them. Files that a model needs are ticked.
 * @returns paths of the files; undefined when the user cancels
 */
export async function chooseHubFiles(listing: RepositoryListing): Promise<readonly string[] | undefined> {
  const files = await pickFiles(listing);
  if (!files) return undefined;
  const download = l10n.t('Download');
  const page = l10n.t('Open Its Page');
  const answer = await askInDialog(
    l10n.t('Download {0} from {1}?', fileSize(bytesToCome(files)), listing.repository),
    detailOf(listing, files),
    download,
    page,
  );
  if (answer === page) await openPage(listing);
  return answer === download ? files.map(({ path }) => path) : undefined;
}

async function pickFiles(listing: RepositoryListing): Promise<readonly ListedFile[] | undefined> {
  const page: QuickInputButton = {
    iconPath: new ThemeIcon('link-external'),
    tooltip: l10n.t('Open Its Page'),
  };
  const pick = new ChoiceList<FileItem>({ canSelectMany: true, buttons: [page] });
  pick.placeholder = l10n.t('Files to download; those that a model needs are checked');
  pick.choices = [...listing.files].sort((a, b) => Number(b.suggested) - Number(a.suggested)).map(present);
  pick.select(({ file }) => file.suggested);
  const showTotal = (): void => {
    const selected = fileSize(bytesToCome(pick.selected.map(({ file }) => file)));
    const free = fileSize(listing.freeBytes);
    pick.title = `${listing.repository} · ${licenceOf(listing)} · ${l10n.t('{0} to download, {1} free', selected, free)}`;
  };
  showTotal();
  try {
    return await new Promise((resolve) => {
      pick.onDidChangeSelection(showTotal);
      pick.onDidTriggerButton(() => void openPage(listing));
      pick.onDidAccept(() => {
        if (pick.selected.length > 0) resolve(pick.selected.map(({ file }) => file));
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
  const address = Uri.parse(page);
  // The address comes from the listing, so only a web page is opened.
  if (/^https?$/.test(address.scheme)) await env.openExternal(address);
}
