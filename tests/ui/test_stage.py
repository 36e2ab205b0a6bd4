"""Pages of one browser follow each other on the stage, and none finds anything of the one before."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest
from playwright.sync_api import Browser

from tools.ui_server import STAGE, host
from tools.ui_stage import stage

LEAVES = """() => {
  localStorage.setItem("left", "1");
  sessionStorage.setItem("left", "1");
  document.cookie = "left=1";
  return new Promise((kept) => { indexedDB.open("left").onsuccess = ({ target }) => { target.result.close(); kept(); }; });
}"""
FINDS = """async () => [
  Object.keys(localStorage).filter((key) => key === "left"),
  Object.keys(sessionStorage).filter((key) => key === "left"),
  document.cookie,
  await indexedDB.databases(),
  Date.now(),
]"""


def test_a_page_finds_nothing_that_the_one_before_has_left(browser: Browser) -> None:
    for _ in range(2):
        with stage(browser, "desk") as at:
            at.open("/desk")
            now_ms = at.scenario.steps[0]["at"] * 1000
            assert at.page.evaluate(FINDS) == [[], [], "", [], now_ms]
            at.page.evaluate(LEAVES)
            at.page.context.add_cookies([{"name": "sent", "value": "1", "url": at.origin}])


def test_what_a_closed_page_still_sends_is_nothing_that_the_next_one_asked_for(browser: Browser) -> None:
    with stage(browser, "desk") as at:
        at.open("/desk")
        asked = at.page.evaluate("async () => (await fetch('/api/v1/session')).ok")
        assert asked, "while it is open it is answered"
        name = at.name
    with stage(browser, "desk") as at:
        late = urllib.request.Request(f"{host().origin}/api/v1/agent/state", method="POST", data=b"{}", headers={STAGE: name})
        with pytest.raises(urllib.error.HTTPError, match="410"):
            urllib.request.urlopen(late)
        assert at.asked == []
