/** Milliseconds between two looks. */
const EVERY_MS = 500;

/**
 * One line on a terminal that is written over and over; in a pipe nothing at all. `describe` is asked for it while the work
 * goes on.
 */
export function startProgressLine(describe: () => string): { readonly stop: () => void } {
  const { stderr } = process;
  if (!stderr.isTTY) return { stop: () => undefined };
  const draw = () => stderr.write(`\r\u001B[2K${describe().slice(0, stderr.columns - 1)}`);
  const timer = setInterval(draw, EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      stderr.write('\r\u001B[2K');
    },
  };
}
