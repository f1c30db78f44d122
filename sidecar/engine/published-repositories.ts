import { FAMILIES } from '../model/families';
import type { PublishedRepository } from '../protocol';

/** The repositories with models that are known to run, in the order of the families' table. */
export function publishedRepositories(): readonly PublishedRepository[] {
  return FAMILIES.flatMap(({ title, published }) =>
    (published?.repositories ?? []).map((repository) => ({ ...repository, family: title })),
  );
}
