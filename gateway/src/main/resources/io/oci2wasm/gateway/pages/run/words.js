/** A command line's words: separated by blanks, with '…', "…" and \ as in a shell; nothing is expanded. */
export function words(line) {
  const found = line.match(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/gs) ?? [];
  return found.map((word) =>
    word.replace(/'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs, (_, single, double, escaped) => single ?? double?.replace(/\\(.)/gs, '$1') ?? escaped),
  );
}
