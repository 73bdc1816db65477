// Keeps the state of a charge point current, and says how far an amount gets.
import { jittered } from "./connection.js";
import { enableCopying } from "./copying.js";

const EVERY_MS = 8_000;
const LONGEST_MS = 60_000;
const TYPING_MS = 250;

const page = document.querySelector("[data-station]");
let wait = EVERY_MS;
let timer = 0;

async function ask() {
  clearTimeout(timer);
  if (document.hidden) return;
  try {
    const answer = await fetch(page.dataset.poll, {
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(EVERY_MS),
    });
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    const { state } = await answer.json();
    if (state !== page.dataset.state) {
      location.replace(page.dataset.page);
      return;
    }
    wait = EVERY_MS;
  } catch {
    wait = Math.min(wait * 2, LONGEST_MS);
  }
  timer = setTimeout(ask, jittered(wait));
}

function askNow() {
  wait = EVERY_MS;
  ask();
}

// What an amount buys is reckoned where prices are: by the server.
function explainAmount(input) {
  const output = document.querySelector("[data-amount-buys]");
  let asking;
  input.addEventListener("input", () => {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    setTimeout(() => !signal.aborted && explain(input.value, output, signal), TYPING_MS);
  });
}

async function explain(amount, output, signal) {
  try {
    const query = new URLSearchParams({ amount_sat: amount });
    const answer = await fetch(`${page.dataset.buys}?${query}`, {
      headers: { accept: "application/json" },
      signal,
    });
    output.textContent = answer.ok ? (await answer.json()).text : "";
  } catch {
    if (!signal.aborted) output.textContent = "";
  }
}

const input = document.querySelector("input[name=amount_sat]");
if (input) explainAmount(input);
document.addEventListener("visibilitychange", () => document.hidden || askNow());
addEventListener("online", askNow);
addEventListener("pageshow", (event) => event.persisted && askNow());
enableCopying();
timer = setTimeout(ask, EVERY_MS);
