import { FAMILIES } from '../model/families';
import type { PublishedRepository } from '../protocol';

/** The repositories with models that this program can run, in the order of the table of families. */
export function publishedRepositories(): readonly PublishedRepository[] {
  return FAMILIES.flatMap(({ title, published }) =>
    (published?.repositories ?? []).map((repository) => ({ ...repository, family: title })),
  );
}
