"""`PUT /import`: what `patchbay import` takes, while the server runs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx

from server.api.imports import LINE_BYTES
from tests.server.api.conftest import ControlProcess

OMAR = {"type": "customer", "id": "1", "name": "Omar Haddad", "phones": ["1000", "+442079460777"]}
CHAT = {"type": "chat", "id": "c1", "customer": {"id": "1"}, "started_at": "-1h"}


def body(*lines: object) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


async def test_what_is_good_is_taken_and_the_rest_is_in_the_report(control: ControlProcess) -> None:
    async with control.signed_in("ada") as ada:
        answer = await ada.put("/import", params={"source": "shop"}, content=b"\xef\xbb\xbf" + body(OMAR, CHAT, {"type": "fax"}))
        assert answer.status_code == 200, answer.text
        report = answer.json()
        assert (report["lines"], report["new"], report["failed"], report["warned"]) == (3, {"customer": 1, "chat": 1}, 1, 1)
        assert [(problem["line"], problem["code"]) for problem in report["problems"]] == [(1, "phone"), (3, "format")]
        (found,) = (await ada.get("/customers", params={"query": "omar haddad"})).json()["items"]
        items = (await ada.get(f"/customers/{found['customer_id']}/timeline")).json()["items"]
        assert [item["channel"] for item in items] == ["chat"]
        again = (await ada.put("/import", params={"source": "shop"}, content=body(OMAR, CHAT))).json()
        assert (again["new"], again["renewed"]) == ({}, {"customer": 1, "chat": 1})


async def test_a_body_may_come_in_pieces_and_be_larger_than_other_requests(control: ControlProcess) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for number in range(1500):
            line = body({**OMAR, "id": f"many:{number}", "phones": [], "tags": ["x" * 50]})
            yield line[:40]
            yield line[40:]

    async with control.signed_in("ada") as ada:
        answer = await ada.put("/import", content=pieces(), timeout=60)
        assert answer.json()["new"] == {"customer": 1500}


async def test_only_administrators_import_and_lines_have_an_end(control: ControlProcess) -> None:
    async with control.signed_in("sam") as sam, control.signed_in("ada") as ada:
        assert (await sam.put("/import", content=body(OMAR))).status_code == 403
        endless: httpx.Response = await ada.put("/import", content=b"x" * (LINE_BYTES + 2))
        assert (endless.status_code, endless.json()["error"]["code"]) == (413, "too_large")
        assert (await ada.put("/import", params={"source": "a b"}, content=b"")).status_code == 422
