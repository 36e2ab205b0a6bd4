/** Plays what the other side says, and knows when the browser holds the sound back until somebody clicks (autoplay policy). */

export class Player {
  private readonly element = new Audio();
  private readonly changed: () => void;
  private blocked = false;

  constructor(changed: () => void) {
    this.changed = changed;
    this.element.autoplay = true;
  }

  /** The browser plays nothing until somebody clicks. */
  get suspended(): boolean {
    return this.blocked;
  }

  async play(stream: MediaStream): Promise<void> {
    this.element.srcObject = stream;
    await this.resume();
  }

  /** After a click or a key the browser lets it play. */
  async resume(): Promise<void> {
    if (this.element.srcObject === null) return;
    try {
      await this.element.play();
      this.setBlocked(false);
    } catch (error) {
      // AbortError: a newer stream took its place while it started.
      if (error instanceof DOMException && error.name === "NotAllowedError") this.setBlocked(true);
    }
  }

  stop(): void {
    this.element.srcObject = null;
    this.setBlocked(false);
  }

  private setBlocked(blocked: boolean): void {
    if (blocked === this.blocked) return;
    this.blocked = blocked;
    this.changed();
  }
}
