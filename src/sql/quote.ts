/** `"name"`, for any name. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `'text'`, for any text. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
