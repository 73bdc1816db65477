// Keeps the state of a charge point current, and says how far an amount gets.
import { jittered } from "./connection.js";
import { enableCopying } from "./copying.js";
import { Numbers } from "./numbers.js";

const EVERY_MS = 8_000;
const LONGEST_MS = 60_000;

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

function explainAmount(input) {
  const output = document.querySelector("[data-amount-buys]");
  const numbers = new Numbers({ language: document.documentElement.lang, ...page.dataset });
  const { perKwhMsat, feeMsat } = page.dataset;
  input.addEventListener("input", () => {
    const energyWh = ((Number(input.value) * 1000 - Number(feeMsat)) / Number(perKwhMsat)) * 1000;
    output.textContent = energyWh > 0 && Number.isFinite(energyWh) ? `≈ ${numbers.energy(energyWh)}` : "";
  });
}

const input = document.querySelector("input[name=amount_sat]");
if (input) explainAmount(input);
document.addEventListener("visibilitychange", () => document.hidden || askNow());
addEventListener("online", askNow);
addEventListener("pageshow", (event) => event.persisted && askNow());
enableCopying();
timer = setTimeout(ask, EVERY_MS);
