import { useLanguage } from './l10n';

/** Takes the language and its texts from the page, into which the host has written them. */
export function readPageLanguage(): void {
  const content = document.querySelector<HTMLMetaElement>('meta[name="translations"]')?.content;
  const texts = content ? (JSON.parse(content) as Record<string, string>) : {};
  useLanguage(document.documentElement.lang || 'en', texts);
}
