// Tells screen readers what has changed, politely: at most every 30 seconds, the newest only.
const PAUSE_MS = 30_000;

export class Announcer {
  #region;
  #last = -Infinity;
  #timer = 0;

  constructor(region) {
    this.#region = region;
  }

  say(text) {
    clearTimeout(this.#timer);
    const wait = Math.max(this.#last + PAUSE_MS - performance.now(), 0);
    this.#timer = setTimeout(() => {
      this.#last = performance.now();
      this.#region.textContent = text;
    }, wait);
  }
}
