import type { SheetPicture } from '../../sidecar/decoder-report/decoder-report';
import { secondsText } from '../durations';
import { element } from '../element';
import * as l10n from '../l10n';

/** What the user does with a picture of the sheet. `index` is its place in the report. */
export interface SheetActions {
  /** Opens its run. */
  open(index: number): void;
  /** Compares it with the one of its seed in raster order. */
  compare(index: number): void;
}

/** A picture with its place in the report, and the address of its file. */
interface PlacedPicture extends SheetPicture {
  readonly index: number;
  readonly address: string;
}

/** The pictures of a report: decoders across, seeds down. Nothing for a model that makes tokens only. */
export function contactSheet(
  pictures: readonly SheetPicture[],
  addresses: readonly string[],
  actions: SheetActions,
): readonly HTMLElement[] {
  if (pictures.length === 0) return [];
  const placed = pictures.map((picture, index) => ({ ...picture, index, address: addresses[index] ?? '' }));
  const decoders = [...new Set(placed.map(({ decoder }) => decoder))];
  const numbers = [...new Set(placed.map(({ number }) => number))];
  const table = element(
    'table',
    { class: 'contact-sheet' },
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        element('td', {}),
        ...decoders.map((decoder) => element('th', { scope: 'col' }, decoder)),
      ),
    ),
    element(
      'tbody',
      {},
      ...numbers.map((number) => {
        const own = placed.filter((picture) => picture.number === number);
        return lineOf(own, decoders, actions);
      }),
    ),
  );
  return [
    element('h2', {}, l10n.t('Pictures')),
    element(
      'div',
      { class: 'scrolled', tabindex: 0, role: 'region', 'aria-label': l10n.t('Pictures') },
      table,
    ),
  ];
}

/** The pictures of one seed. */
function lineOf(
  pictures: readonly PlacedPicture[],
  decoders: readonly string[],
  actions: SheetActions,
): HTMLElement {
  const [first] = pictures;
  return element(
    'tr',
    {},
    element(
      'th',
      { scope: 'row' },
      l10n.t('seed {0}', first?.seed ?? 0),
      element('p', { class: 'details' }, first?.title ?? ''),
    ),
    ...decoders.map((decoder) => {
      const picture = pictures.find((each) => each.decoder === decoder);
      return element('td', {}, ...(picture ? cellOf(picture, decoders[0] !== decoder, actions) : ['–']));
    }),
  );
}

function cellOf(picture: PlacedPicture, canCompare: boolean, actions: SheetActions): readonly HTMLElement[] {
  const { index, address, decoder, seed, title, steps, ms, nll, agreement } = picture;
  const image = element('img', { src: address, alt: '', loading: 'lazy' });
  const name = l10n.t('Open {0}, {1}, seed {2}', title, decoder, seed);
  const open = element('button', { class: 'picture', title: name, 'aria-label': name }, image);
  open.addEventListener('click', () => {
    actions.open(index);
  });
  const facts = [
    l10n.t('{0} steps', l10n.count(steps)),
    secondsText(ms),
    l10n.t('{0} nats', l10n.decimal(nll, 2)),
    l10n.t('{0} % same', Math.floor(100 * agreement)),
  ] as const;
  const [stepsText, time, nats, same] = facts;
  const caption = element('p', { class: 'facts' }, `${stepsText}, ${time}\n${nats}, ${same}`);
  return canCompare ? [open, caption, compareButton(picture, actions)] : [open, caption];
}

function compareButton({ index, decoder, seed }: PlacedPicture, actions: SheetActions): HTMLElement {
  const name = l10n.t('Compare {0} with raster order, seed {1}', decoder, seed);
  const button = element('button', { class: 'link', 'aria-label': name, title: name }, l10n.t('Compare'));
  button.addEventListener('click', () => {
    actions.compare(index);
  });
  return button;
}
