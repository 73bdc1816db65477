// Asks whether the invoice has been paid, less and less often, and moves on when it has.
import { jittered } from "./connection.js";
import { enableCopying } from "./copying.js";

const FIRST_MS = 1_500;
const LONGEST_MS = 10_000;

const page = document.querySelector("[data-invoice]");
const ends = Date.now() + Number(page.dataset.secondsLeft) * 1000;
let wait = FIRST_MS;
let timer = 0;

async function ask() {
  clearTimeout(timer);
  try {
    const answer = await fetch(page.dataset.state, {
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(LONGEST_MS),
    });
    if (answer.ok && (await answer.json()).paid) {
      location.replace(page.dataset.next);
      return;
    }
  } catch {
    // Asked again soon.
  }
  timer = setTimeout(ask, jittered(wait));
  wait = Math.min(wait * 1.25, LONGEST_MS);
}

function askNow() {
  wait = FIRST_MS;
  ask();
}

function countDown() {
  const seconds = Math.max(Math.round((ends - Date.now()) / 1000), 0);
  const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  for (const element of document.querySelectorAll("[data-countdown]")) element.textContent = text;
  for (const element of document.querySelectorAll("[data-until]")) {
    element.hidden = (element.dataset.until === "expired") !== (seconds === 0);
  }
}

document.addEventListener("visibilitychange", () => document.hidden || askNow());
addEventListener("online", askNow);
addEventListener("pageshow", (event) => event.persisted && askNow());
setInterval(countDown, 1000);
countDown();
enableCopying();
timer = setTimeout(ask, FIRST_MS);
