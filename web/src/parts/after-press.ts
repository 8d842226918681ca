/**
 * Calls back once the press that is under way, if one is, has ended. What it aims at would otherwise move away between
 * its down and its up, and the click with it.
 */
export function afterPress(act: () => void): void {
  if (document.querySelector(':active') === null) act();
  else document.addEventListener('mouseup', () => setTimeout(act), { once: true });
}
