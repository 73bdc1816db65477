// <strom-live>: a charge as it runs. The page works without it; it keeps the page current.
import { Announcer } from "./announcer.js";
import { Connection } from "./connection.js";
import { enableCopying } from "./copying.js";
import { Numbers } from "./numbers.js";
import { fields, stage, tags, usedPermille } from "./shown.js";

const ACTION_TIMEOUT_MS = 25_000;
const POLL_MS = 5_000;
const POLL_ENDED_MS = 15_000;
const ANNOUNCE_EVERY_WH = 1000;

class StromLive extends HTMLElement {
  #connection;
  #announcer;
  #said = { stage: "", energyWh: 0 };

  connectedCallback() {
    const { sequence, socket, poll } = this.dataset;
    this.numbers = new Numbers({ language: document.documentElement.lang, ...this.dataset });
    this.#announcer = new Announcer(this.querySelector("[data-announcer]"));
    this.#said.stage = this.dataset.stage;
    this.#said.energyWh = Number(this.dataset.energyWh);
    this.#connection = new Connection({
      socketUrl: socket,
      pollUrl: poll,
      pollEveryMs: () => (this.dataset.stage === "ended" ? POLL_ENDED_MS : POLL_MS),
      sequence: Number(sequence),
      onNotice: (view) => this.show(view),
      onLink: (isUp) => this.#link(isUp),
    });
    for (const form of this.querySelectorAll("form[data-action]")) {
      form.addEventListener("submit", (event) => this.#act(event, form));
    }
    enableCopying();
    this.#connection.start();
  }

  show(view) {
    const found = tags(view, Date.now(), Number(this.dataset.unlockWithin));
    const texts = fields(view, this.numbers);
    for (const element of this.querySelectorAll("[data-field]")) {
      const text = texts[element.dataset.field];
      if (element.textContent !== text) element.textContent = text;
    }
    for (const element of this.querySelectorAll("[data-when]")) {
      element.hidden = !element.dataset.when.split(" ").some((tag) => found.has(tag));
    }
    this.#drawBudget(view, texts);
    this.#drawNow();
    this.querySelector("[data-battery]")?.setAttribute("width", `${view.soc_percent ?? 0}`);
    this.dataset.stage = stage(view);
    this.dataset.shown = view.sequence;
    this.#announce(view, texts);
  }

  #drawBudget(view, texts) {
    const used = usedPermille(view) / 10;
    for (const ring of this.querySelectorAll("[data-ring]")) {
      ring.setAttribute("stroke-dasharray", `${used} 100`);
    }
    const bar = this.querySelector("[role=progressbar]");
    bar?.setAttribute("aria-valuenow", `${Math.round(used)}`);
    bar?.setAttribute("aria-valuetext", `${texts.cost} / ${texts.budget}`);
  }

  #drawNow() {
    const plot = this.querySelector("[data-plot]");
    if (!plot) return;
    const [begins, ends, left, right] = ["begins", "ends", "left", "right"].map((name) => Number(plot.dataset[name]));
    const share = Math.min(Math.max((Date.now() - begins) / (ends - begins), 0), 1);
    plot.querySelector("[data-now]").setAttribute("transform", `translate(${left + share * (right - left)})`);
  }

  #announce(view, texts) {
    const label = this.querySelector("[data-stage-label]:not([hidden])")?.textContent.trim() ?? "";
    document.title = `${texts.energy} · ${label}`;
    const now = stage(view);
    const grown = view.energy_wh - this.#said.energyWh >= ANNOUNCE_EVERY_WH;
    if (now === this.#said.stage && !grown) return;
    this.#said = { stage: now, energyWh: view.energy_wh };
    this.#announcer.say([label, texts.energy, texts.cost, texts.time_left].filter(Boolean).join(", "));
  }

  #link(isUp) {
    const notice = this.querySelector("[data-link-lost]");
    if (notice.hidden !== isUp) notice.hidden = isUp;
  }

  // The button stays usable whatever happens: a failed stop says so and can be pressed again.
  async #act(event, form) {
    event.preventDefault();
    if (form.ariaBusy === "true") return;
    const alert = form.querySelector("[role=alert]");
    form.ariaBusy = "true";
    alert.textContent = "";
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { accept: "application/json" },
        signal: AbortSignal.timeout(ACTION_TIMEOUT_MS),
      });
      const said = await answer.json();
      if (!answer.ok) {
        alert.textContent = said.error;
        return;
      }
      this.#connection.take(said);
      form.querySelector("[data-done]")?.removeAttribute("hidden");
      const confirming = form.closest("details");
      if (confirming) confirming.open = false;
    } catch {
      alert.textContent = form.dataset.failed;
    } finally {
      form.ariaBusy = null;
    }
  }
}

customElements.define("strom-live", StromLive);
