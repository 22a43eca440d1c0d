const TOKENS = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;

/** The contents of the string literals and templates of a TypeScript source; comments are skipped. */
export function stringLiterals(source: string): readonly string[] {
  return [...source.matchAll(TOKENS)]
    .map(([token]) => token)
    .filter((token) => !token.startsWith('/'))
    .map((token) => token.slice(1, -1));
}
