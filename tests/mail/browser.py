"""A person with a browser, who opens the links of mails."""

import contextlib
import os

from playwright.sync_api import sync_playwright

OFFLINE = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@contextlib.contextmanager
def opened():
    """Debian's Chromium; whoever opens a page gets it, and nothing may go wrong on it."""
    with sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=OFFLINE)
        context = browser.new_context(ignore_https_errors=True)
        faults = []
        try:
            yield lambda link: page_of(context, link, faults)
            assert not faults, faults
        finally:
            browser.close()


def page_of(context, link, faults):
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    # A refused call is no fault of the page.
    page.on("console", lambda said: said.type != "error" or "status of 4" in said.text or faults.append(said.text))
    page.goto(link)
    assert "#" not in page.url and page.url == link.partition("#")[0], f"the token left the address bar: {page.url}"
    return page


def press(page, button, expected):
    """Presses a button and waits until the page says what is expected."""
    page.get_by_role("button", name=button).click()
    page.get_by_role("status").filter(has_text=expected).wait_for()
