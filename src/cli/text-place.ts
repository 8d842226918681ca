// Line and column in a text that is read piece by piece, counted from 1.

export class TextPlace {
  line = 1;
  column = 1;

  get isStart(): boolean {
    return this.line === 1 && this.column === 1;
  }

  /** Moves on to the end of `text`. */
  advance(text: string): void {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.line += 1;
    const lastLineStart = text.lastIndexOf('\n') + 1;
    this.column = (lastLineStart > 0 ? 1 : this.column) + text.length - lastLineStart;
  }
}
