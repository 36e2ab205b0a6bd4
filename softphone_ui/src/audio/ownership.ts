/**
 * One tab owns the audio: Web Locks say which, across all tabs of this browser, and pass it on when a tab closes.
 *
 * Without Web Locks (an insecure page) every tab owns it; the server keeps only the newest leg.
 */

export interface OwnershipListener {
  /** This tab owns the audio now. */
  owned(): void;
  /** Another tab owns it; this one waits and is told when it is free. */
  waiting(): void;
}

export class AudioOwnership {
  private readonly name: string;
  private readonly listener: OwnershipListener;
  private release: (() => void) | null = null;
  private waiter: AbortController | null = null;

  constructor(name: string, listener: OwnershipListener) {
    this.name = name;
    this.listener = listener;
  }

  /** Takes the audio if it is free, otherwise waits in line. */
  async request(): Promise<void> {
    const locks = navigator.locks as LockManager | undefined;
    if (locks === undefined) {
      this.listener.owned();
      return;
    }
    const free = await this.hold(locks, { ifAvailable: true });
    if (!free) this.waitInLine(locks);
  }

  /** Takes the audio from whichever tab has it. */
  async steal(): Promise<void> {
    this.waiter?.abort();
    this.waiter = null;
    const locks = navigator.locks as LockManager | undefined;
    if (locks !== undefined && this.release === null) await this.hold(locks, { steal: true });
  }

  /** Lets the next tab have it. */
  give(): void {
    this.waiter?.abort();
    this.waiter = null;
    this.release?.();
    this.release = null;
  }

  private waitInLine(locks: LockManager): void {
    this.listener.waiting();
    const waiter = new AbortController();
    this.waiter = waiter;
    void this.hold(locks, { signal: waiter.signal });
  }

  /** Resolves with whether the lock was had, as soon as that is known. */
  private hold(locks: LockManager, options: LockOptions): Promise<boolean> {
    return new Promise((known) => {
      const held = locks.request(this.name, options, (lock) => {
        known(lock !== null);
        if (lock === null) return undefined;
        this.listener.owned();
        return new Promise<void>((release) => {
          this.release = release;
        });
      });
      held.catch(() => {
        // AbortError: another tab stole the lock, or this one stopped waiting.
        known(false);
        if (this.release === null) return;
        this.release = null;
        this.waitInLine(locks);
      });
    });
  }
}
