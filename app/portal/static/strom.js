// Everything works without this file. It adds: copy and print buttons, a question before what
// cannot be undone, parts of a page that keep themselves fresh.

const policy = window.trustedTypes?.createPolicy("strom", { createHTML: (html) => html });

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-print]");
  if (!button) return;
  if ("print" in button.dataset) return window.print();
  await navigator.clipboard.writeText(button.dataset.copy);
  const text = button.textContent;
  button.textContent = button.dataset.done ?? "Copied";
  setTimeout(() => { button.textContent = text; }, 1500);
});

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

for (const button of document.querySelectorAll("[data-copy], [data-print]")) button.hidden = false;

// <strom-fresh src="/part" every="5">: the part is read again while the page is looked at.
class Fresh extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.refresh(), Number(this.getAttribute("every") ?? 5) * 1000);
    document.addEventListener("visibilitychange", this.refresh);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.refresh);
  }

  refresh = async () => {
    if (document.hidden || this.contains(document.activeElement)) return;
    try {
      const answer = await fetch(this.getAttribute("src"), { redirect: "error" });
      if (!answer.ok) return;
      const html = await answer.text();
      if (html === this.last) return;
      this.last = html;
      this.innerHTML = policy ? policy.createHTML(html) : html;
    } catch { /* offline: what is shown stays, the next try comes */ }
  };
}

customElements.define("strom-fresh", Fresh);
