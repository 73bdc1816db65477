"""What the browser tests look with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.support.browser import CHROMIUM_ARGUMENTS

expect.set_options(timeout=15_000)  # a busy machine is no failure

PHONE: Any = {"width": 390, "height": 844}


@asynccontextmanager
async def chromium(path: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield browser
        await browser.close()


@dataclass
class Opened:
    """A page and what it complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    async def text(self, selector: str = "main") -> str:
        """What is visible, on one line."""
        text = await self.page.inner_text(selector)
        return " ".join(text.replace("\u00a0", " ").split())


async def open_page(browser: Browser, url: str = "", **options: Any) -> Opened:
    context = await browser.new_context(**{"viewport": PHONE, "locale": "en-US", **options})
    context.set_default_timeout(15_000)
    opened = Opened(await context.new_page())

    def complain(kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            opened.complaints.append(text)

    opened.page.on("console", lambda message: complain(message.type, message.text))
    opened.page.on("pageerror", lambda error: complain("error", str(error)))
    if url:
        await opened.page.goto(url)
    return opened


SERIOUS = r"""
() => {
  const problems = [];
  const say = (problem, element) => problems.push(`${problem}: ${element.outerHTML.slice(0, 90)}`);
  const seen = (element) => element.checkVisibility({ opacityProperty: true });
  const rgb = (text) => (text.match(/[\d.]+/g) ?? []).map(Number);
  const light = (text) => {
    const [r, g, b] = rgb(text).slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (rgb(colour).length < 4 || rgb(colour)[3] > 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !seen(element)) continue;
    if (element.closest(".visually-hidden, noscript, svg")) continue;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const [bright, dark] = [light(style.color), light(ground(element))].sort((a, b) => b - a);
    const ratio = (bright + 0.05) / (dark + 0.05);
    if (ratio < (large ? 3 : 4.5)) say(`contrast ${ratio.toFixed(2)}`, element);
  }
  for (const input of document.querySelectorAll("input, textarea, select")) {
    if (!input.labels?.length && !input.ariaLabel) say("no label", input);
  }
  for (const button of document.querySelectorAll("button, a, summary")) {
    const name = (button.ariaLabel ?? button.textContent).trim();
    if (seen(button) && !name) say("no name", button);
    const { width, height } = button.getBoundingClientRect();
    if (seen(button) && (width < 24 || height < 24)) say("too small to touch", button);
  }
  for (const picture of document.querySelectorAll("svg:not([aria-hidden=true]):not([role])")) {
    if (!picture.closest("[aria-hidden=true]") && !picture.querySelector(":scope > title")) {
      say("picture without words", picture);
    }
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  if (new Set(ids).size !== ids.length) problems.push(`an id twice: ${ids}`);
  for (const element of document.querySelectorAll("[aria-labelledby], [aria-describedby]")) {
    for (const name of ["aria-labelledby", "aria-describedby"]) {
      const id = element.getAttribute(name);
      if (id && !document.getElementById(id)) say(`no ${id}`, element);
    }
  }
  if (document.querySelectorAll("h1").length !== 1) problems.push("not one h1");
  if (document.querySelectorAll("main").length !== 1) problems.push("not one main");
  if (!document.documentElement.lang) problems.push("no language");
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) problems.push(`too wide: ${scrollWidth} > ${clientWidth}`);
  return problems;
}
"""
"""What keeps people from reading or using a page; nothing, if all is well."""
