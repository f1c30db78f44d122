import { writeFile } from 'node:fs/promises';

/** A table of figures, as a benchmark measured it. */
export interface FigureTable {
  readonly heads: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** The tables of a benchmark by name. */
export type FigureTables = Readonly<Record<string, FigureTable>>;

/** The table in Markdown. */
export function markdownOf({ heads, rows }: FigureTable): string {
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Prints the tables of a benchmark. Also writes them to a JSON file, if one is named. */
export async function tellTables(tables: FigureTables, file: string | undefined): Promise<void> {
  for (const [name, table] of Object.entries(tables)) console.log(`\n${name}:\n\n${markdownOf(table)}`);
  if (file !== undefined) await writeFile(file, `${JSON.stringify(tables, undefined, 2)}\n`);
}
