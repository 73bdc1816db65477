// What a session's page shows, as tags and fields: the mirror of shown.py.
const PAUSED = { SuspendedEV: "paused-car", SuspendedEVSE: "paused-station" };
const LOW_PERMILLE = 100;

export function stage(view) {
  switch (view.phase) {
    case "starting":
      return view.connector_status === "Available" ? "plug-in" : "starting";
    case "charging":
      return PAUSED[view.connector_status] ?? "charging";
    case "stopping":
    case "finishing":
    case "ended":
      return view.phase;
    default:
      return "starting";
  }
}

export function usedPermille(view) {
  if (!view.budget_msat) return 0;
  return Math.min(Math.floor((view.cost_msat * 1000) / view.budget_msat), 1000);
}

export function tags(view, nowMs, unlockWithinS) {
  const ended = view.phase === "ended";
  const found = new Set([stage(view), ended ? "over" : "live"]);
  if (ended) found.add(`end-${view.end}`).add(`refund-${view.refund_state}`);
  const applies = {
    "can-stop": ["starting", "charging"].includes(view.phase) && !view.stop_pending,
    "can-top-up": view.phase === "charging" && !view.stop_pending && view.budget_msat !== null,
    "can-unlock": ended && canUnlock(view, nowMs, unlockWithinS),
    energy: view.phase !== "starting" && (!ended || view.started_at !== null),
    running: ["charging", "stopping", "finishing"].includes(view.phase),
    power: ["charging", "stopping"].includes(stage(view)) && view.power_w !== null,
    soc: view.soc_percent !== null,
    "time-left": ["charging", "finishing"].includes(view.phase) && view.time_left_s !== null,
    reach: view.phase === "charging" && view.power_w > 0 && view.remaining_wh !== null,
    budget: view.budget_msat !== null,
    low: view.phase === "charging" && usedPermille(view) >= 1000 - LOW_PERMILLE,
    unplug: ended && ["Finishing", "SuspendedEV", "SuspendedEVSE"].includes(view.connector_status),
    refunded: view.refunded_msat > 0,
    residue: ended && view.residue_msat > 0,
  };
  for (const [tag, does] of Object.entries(applies)) if (does) found.add(tag);
  return found;
}

export function fields(view, n) {
  const unless = (value, text) => (value === null ? "" : text(value));
  const moment = (text) => new Date(text);
  return {
    kwh: n.kwh(view.energy_wh),
    energy: n.energy(view.energy_wh),
    power: unless(view.power_w, (w) => n.power(w)),
    soc: unless(view.soc_percent, (value) => n.percent(value)),
    cost: n.sats(view.cost_msat),
    cost_fiat: n.fiat(view.cost_msat),
    cost_exact: n.exactSats(view.cost_msat),
    paid: n.exactSats(view.paid_msat),
    paid_fiat: n.fiat(view.paid_msat),
    budget: unless(view.budget_msat, (msat) => n.sats(msat)),
    budget_energy: unless(view.affordable_wh, (wh) => n.energy(wh)),
    left_energy: unless(view.remaining_wh, (wh) => n.about(wh)),
    until: unless(view.time_left_s, (s) => n.until(moment(view.until), s)),
    time_left: unless(view.time_left_s, (s) => n.duration(s)),
    refund: n.exactSats(refundMsat(view)),
    refund_fiat: n.fiat(refundMsat(view)),
    refunded: n.exactSats(view.refunded_msat),
    refunded_fiat: n.fiat(view.refunded_msat),
    residue: n.exactSats(view.residue_msat),
    started: unless(view.started_at, (text) => n.time(moment(text))),
    ended: unless(view.ended_at, (text) => n.time(moment(text))),
    refund_until: unless(view.refund_until, (text) => n.date(moment(text))),
  };
}

function refundMsat(view) {
  if (view.refund_state !== "in_flight") return view.refundable_msat;
  return Math.max(view.paid_msat - view.cost_msat - view.refunded_msat - view.residue_msat, 0);
}

function canUnlock(view, nowMs, withinS) {
  if (!view.started_at || !view.ended_at || view.connector_status === "Available") return false;
  return nowMs - Date.parse(view.ended_at) < withinS * 1000;
}
