// Keeps a page current: a websocket to the edge, and asking again and again while there is none.
//
// A notice is {sequence, view}. Sockets go silent without saying so (a phone that slept, a network
// that changed), so silence is checked by asking: if there is news, the socket is not to be trusted.
const SILENCE_MS = 20_000;
const LONGEST_SILENCE_MS = 120_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
const ASK_TIMEOUT_MS = 10_000;
const NOT_TO_BE_FOLLOWED = 1008;

export const jittered = (ms) => ms * (0.6 + Math.random() * 0.4);

export class Connection {
  #socketUrl;
  #pollUrl;
  #onNotice;
  #onLink;
  #pollEveryMs;
  #socket = null;
  #sequence = -1;
  #failures = 0;
  #pollFailures = 0;
  #silenceMs = SILENCE_MS;
  #timers = {};

  constructor({ socketUrl, pollUrl, pollEveryMs, sequence, onNotice, onLink }) {
    this.#pollEveryMs = pollEveryMs;
    this.#socketUrl = socketUrl;
    this.#pollUrl = pollUrl;
    this.#sequence = sequence;
    this.#onNotice = onNotice;
    this.#onLink = onLink;
  }

  start() {
    document.addEventListener("visibilitychange", () => document.hidden || this.kick());
    addEventListener("online", () => this.kick());
    addEventListener("pageshow", (event) => event.persisted && this.kick());
    addEventListener("pagehide", () => this.#drop());
    this.#connect();
    if (!this.#socketUrl) this.#pollLater();
  }

  // Something may have changed while nobody looked: find out now.
  kick() {
    this.#failures = 0;
    this.#pollFailures = 0;
    if (!this.#isOpen) this.#connect();
    this.#ask();
  }

  // A notice that came by another way, as the answer to a form.
  take(notice) {
    if (!notice || !notice.view || notice.sequence < this.#sequence) return false;
    this.#sequence = notice.sequence;
    this.#onNotice(notice.view);
    return true;
  }

  get #isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  #connect() {
    if (!this.#socketUrl) return;
    this.#drop();
    const socket = new WebSocket(this.#socketUrl);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#after("silence", SILENCE_MS, () => this.#silent());
    socket.addEventListener("message", ({ data }) => this.#heard(data));
    socket.addEventListener("close", ({ code }) => {
      if (socket === this.#socket) this.#lost(code);
    });
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    clearTimeout(this.#timers.silence);
    clearTimeout(this.#timers.retry);
    socket?.close();
  }

  #heard(data) {
    this.#failures = 0;
    this.#silenceMs = SILENCE_MS;
    clearTimeout(this.#timers.poll);
    this.#after("silence", this.#silenceMs, () => this.#silent());
    this.#onLink(true);
    const text = typeof data === "string" ? data : new TextDecoder().decode(data);
    try {
      this.take(JSON.parse(text));
    } catch (error) {
      console.warn("a notice was not understood", error);
    }
  }

  #lost(code) {
    this.#drop();
    if (code === NOT_TO_BE_FOLLOWED) this.#socketUrl = "";
    const wait = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, LONGEST_RETRY_MS);
    this.#failures += 1;
    if (this.#socketUrl) this.#after("retry", jittered(wait), () => this.#connect());
    this.#ask();
  }

  async #silent() {
    const before = this.#sequence;
    const answered = await this.#ask();
    if (answered && this.#isOpen && this.#sequence === before) {
      this.#silenceMs = Math.min(this.#silenceMs * 2, LONGEST_SILENCE_MS);
      this.#after("silence", this.#silenceMs, () => this.#silent());
    } else if (this.#socket) {
      this.#lost(0);
    }
  }

  async #ask() {
    clearTimeout(this.#timers.poll);
    try {
      const answer = await fetch(this.#pollUrl, {
        headers: { accept: "application/json" },
        signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
      });
      if (!answer.ok) throw new Error(`answered ${answer.status}`);
      this.take(await answer.json());
      this.#pollFailures = 0;
      this.#onLink(true);
      return true;
    } catch {
      this.#pollFailures += 1;
      this.#onLink(false);
      return false;
    } finally {
      this.#pollLater();
    }
  }

  // Only while there is no socket and somebody looks; `kick` begins again.
  #pollLater() {
    const wait = Math.min(this.#pollEveryMs() * 2 ** this.#pollFailures, LONGEST_RETRY_MS);
    this.#after("poll", jittered(wait), () => {
      if (!this.#isOpen && !document.hidden) this.#ask();
    });
  }

  #after(name, ms, then) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = setTimeout(then, ms);
  }
}
