"""The application and the server speak of the same things: fixtures fit the live schema, the generated types are today's."""

from __future__ import annotations

import ast
import json
import os
import re
from errno import EACCES, EDQUOT, EIO, EMFILE, ENOENT, ENOSPC, EROFS
from pathlib import Path
from typing import Any, get_args

import jsonschema
import msgspec
import pytest

from core.events import SessionEnd
from core.model import Strategy, UnreachableReason
from customers.callbacks import ASKED_WHILE_WAITING
from customers.interactions import ENDS_OF_CALLS_BACK, of_call
from customers.model import Call
from server.api.oidc import Problem
from server.api.statuses import CODES
from server.attention.reasons import reason_words
from server.attention.thresholds import Thresholds
from server.live.messages import schema
from server.oidc.people import Refusal
from server.schemas import Settings
from server.storage.sql.schema import UserRow
from tests.customers.pop_examples import OUT, examples
from tests.server.api.documented import document
from tools.ui_server import UI
from tools.ui_stage import Scenario
from tools.ui_types import ROOT
from tools.ui_types import main as ui_types

PLAN = ROOT / "server" / "supervision" / "plan.py"


@pytest.mark.parametrize("name", sorted(path.stem for path in (UI / "fixtures").glob("*.json")))
def test_every_message_of_a_fixture_is_one_that_the_server_could_send(name: str) -> None:
    definitions = json.loads(json.dumps(schema()))
    from_server = jsonschema.Draft202012Validator({"$ref": "#/$defs/FromServer", "$defs": definitions["$defs"]})
    messages = [message for step in Scenario(name).steps for message in step["messages"]]
    assert messages
    for message in messages:
        from_server.validate(message)


def whole(schema: Any) -> Any:
    """The same, with every property asked for: the server leaves none out."""
    if isinstance(schema, dict):
        made = {key: whole(value) for key, value in schema.items()}
        properties = made.get("properties")
        return made | {"required": sorted(properties)} if isinstance(properties, dict) else made
    return [whole(each) for each in schema] if isinstance(schema, list) else schema


def answered(method: str, path: str) -> Any:
    """The schema of what a route answers when all is well; None where it has no body."""
    paths = sorted(document()["paths"].items(), key=lambda each: each[0].count("{"))  # what is spelled out is met first
    address = f"/api/v1{path.split('?', maxsplit=1)[0]}"
    methods = next(found for known, found in paths if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(known)), address))
    good = [answer for status, answer in methods[method.lower()]["responses"].items() if status.startswith("2")]
    return good[0].get("content", {}).get("application/json", {}).get("schema")


@pytest.mark.parametrize("name", sorted(path.stem for path in (UI / "fixtures").glob("*.json")))
def test_every_answer_of_a_fixture_is_one_that_the_server_could_send(name: str) -> None:
    """Whole: a page that was only seen without a new field may break where the server sends it."""
    components = whole(document()["components"])
    rest = Scenario(name).rest
    assert rest
    for asked, answer in rest.items():
        method, _, path = asked.partition(" ")
        schema = answered(method, path)
        if schema is not None:
            jsonschema.Draft202012Validator({**whole(schema), "components": components}).validate(answer)


def test_generated_types_are_what_the_server_says_now() -> None:
    assert ui_types(["--check"]) == 0, "run: python -m tools.ui_types"


def test_every_reason_of_a_decision_has_its_words_in_every_language() -> None:
    said = "".join((ROOT / "acd" / name).read_text() for name in ("model/agents.py", "engine/decisions.py"))
    codes = {*re.findall(r'Obstacle\("(\w+)"', said), "away", "signed_out", "asked_for", "last_agent", *map(str, Strategy)}
    for language in ("en", "zh"):
        words = json.loads((UI / "src" / "i18n" / f"{language}.json").read_text())["decision"]
        assert codes - set(words["why"]) == set()
        assert set(map(str, Strategy)) - set(words["strategy"]) == set()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_reason_why_an_agent_cannot_be_reached_has_its_words(language: str) -> None:
    words = json.loads((UI / "src" / "i18n" / f"{language}.json").read_text())["unreachable"]
    assert set(words) == set(map(str, UnreachableReason))


UNTRANSLATED = {
    "failed", "unfit", "too_long", "repeated", "move_work_refused", "reprioritise_work_refused", "reschedule_callback_refused",
    "set_agent_state_refused", "withdraw_work_refused",
    "bad_configuration", "no_header", "wrong_method", "bad_request",
    "call_has_work", "closed", "late_connection", "not_for_the_acd", "not_in_wrap_up", "not_waiting",
    "not_asked_for", "late_transfer",
    "state_refused", "late_hand_back", "no_such_range", "not_published", "import_running", "no_version",
}  # fmt: skip
"""Codes that no person meets in these words: of programs, or of answers that say more."""


def test_every_refusal_that_people_meet_has_its_words_in_every_language() -> None:
    codes = {code for of_one_status in CODES.values() for code in of_one_status} | {"wrong_method"}
    sources = [path for folder in ("server", "telephony") for path in (ROOT / folder).rglob("*.py")]
    spelled = {word for path in sources for word in re.findall(r'"(\w+)"', path.read_text())}  # codes that are passed on by name
    for language in ("en", "zh"):
        words = json.loads((UI / "src" / "i18n" / f"{language}.json").read_text())["errors"]
        assert codes - set(words) == UNTRANSLATED & codes
        assert set(words) - codes - spelled == set(), "words for a code that nobody sends"


def test_the_sign_in_page_has_words_for_whatever_sends_one_there() -> None:
    ends = set(re.findall(r'"(\w+)"', (UI / "src" / "api" / "visit.ts").read_text().partition("ENDS = [")[2].partition("]")[0]))
    assert ends == set(map(str, SessionEnd)) - {"signed_out"}
    for language in ("en", "zh"):
        words = json.loads((UI / "src" / "i18n" / f"{language}.json").read_text())["signIn"]
        assert set(words["ended"]) == ends
        assert set(words["provider"]) == set(get_args(Problem))


def test_the_screen_pops_sentences_are_tested_as_the_server_says_them_today() -> None:
    assert OUT.read_text() == examples(), "run: python -m tests.customers.pop_examples"


def fits(section: str, sentence: str) -> bool:
    """The page knows this sentence of the section, with something in its places."""
    texts = json.loads((UI / "src" / "common" / "stored.json").read_text())[section]
    known = [text for each in texts.values() for text in each]
    return any(re.fullmatch(re.sub(r"\\{\\{\w+\\}\\}", ".+", re.escape(text)), sentence) for text in known)


def test_the_callers_way_is_told_in_sentences_that_the_page_knows() -> None:
    written = "".join((ROOT / "ivr" / "verbs" / f"{name}.py").read_text() for name in ("menu", "collect", "asking"))
    said = {re.sub(r"{[^}]+}", "2 digits", sentence) for sentence in re.findall(r'why=f?"([^"]+)"', written)}
    said |= {"no answer", "no answer that fits", "entered 1 digit", "entered 6 digits"}
    assert {sentence for sentence in said if not fits("path", sentence)} == set()


def test_titles_of_history_that_the_server_writes_are_known_to_the_page() -> None:
    fields: dict[str, Any] = {
        "call_id": "c",
        "customer_id": "p",
        "interaction_id": "i",
        "kind": "sip",
        "caller": "",
        "called": "",
    }
    call = msgspec.convert({**fields, "started_at": 0.0}, Call)
    ended = msgspec.structs.replace(call, ended_at=600.0)
    calls = [call, ended, msgspec.structs.replace(ended, waiting_since=60.0)]
    calls += [msgspec.structs.replace(ended, cause=cause) for cause in ENDS_OF_CALLS_BACK]
    titles = {of_call(one, ()).title for one in calls} | {ASKED_WHILE_WAITING, "Callback promised", "Chat", "Follow-up"}
    assert {title for title in titles if not fits("recorded", title)} == set()


def test_why_a_message_was_given_up_is_said_in_sentences_that_the_page_knows() -> None:
    said_by = r"Delivery\.(?:refused|failed)\(|reason = |return |NOT_\w+ = |Forbidden\("
    sources = [(ROOT / "server" / "outbox" / f"{name}.py").read_text() for name in ("email", "webhook", "service", "delivery")]
    said = {
        re.sub(r"{[^}]+}", "7", sentence) for text in sources for sentence in re.findall(rf'(?:{said_by})f?"([^"]+ [^"]+)"', text)
    }
    assert len(said) > 12, said
    assert {sentence for sentence in said if not fits("undelivered", sentence)} == set()


def test_why_something_did_not_go_is_said_in_sentences_that_the_page_and_letters_know() -> None:
    """Codes of numbers that are not called, what the system says of files, how processes end, what a node refuses."""
    rules = ROOT.joinpath("customers", "callable_numbers.py").read_text()
    codes = set(re.findall(r'return "(\w+)"|None if .+ else "(\w+)"', rules))
    said = {code for found in codes for code in found if code}
    files = {os.strerror(number) for number in (ENOSPC, EDQUOT, EROFS, EACCES, EIO, ENOENT, EMFILE)}
    assert {"not_a_number", "foreign", "calls_per_hour"} <= said
    assert {reason for reason in said | files if reason_words(reason, "zh") == reason} == set()
    said |= files | {f"/data/recordings/call.wav: {text}" for text in files}
    node = ROOT.joinpath("telephony", "node", "dialling.py").read_text()
    ends = "".join(ROOT.joinpath("server", "supervision", f"{name}.py").read_text() for name in ("child", "keeper"))
    spoken = re.findall(r'(?:refused|ValueError)\(f?"([^"]+)"', node) + re.findall(
        r'f"(killed[^"]+|ended[^"]+|cannot[^"]+)"', ends
    )
    assert len(spoken) > 6, spoken
    said |= {re.sub(r"{[^}]+}", "7", sentence) for sentence in spoken}
    assert {sentence for sentence in said if not fits("refusal", sentence)} == set()


def test_every_reason_of_the_audit_log_has_its_words_in_every_language() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "server" / "api").glob("*.py"))
    codes = set(re.findall(r'refused=True, reason="(\w+)"', sources)) | {"demo_password", "wrong_password", "unknown_name"}
    codes |= {f"provider_{why}" for why in ("not_believed", *get_args(Refusal))}
    for language in ("en", "zh"):
        words = json.loads((UI / "src" / "i18n" / f"{language}.json").read_text())["audit"]
        assert codes - set(words["reason"]) == set()
        assert set(re.findall(r'proof="(\w+)"', sources)) - set(words["proof"]) == set()


def test_the_forms_defaults_of_thresholds_are_the_servers() -> None:
    written = json.loads((UI / "src" / "admin" / "thresholds.json").read_text())
    assert written == msgspec.to_builtins(Thresholds())


def test_every_action_of_the_audit_log_has_its_words_in_every_language() -> None:
    sources = [path.read_text() for path in (ROOT / "server").rglob("*.py")]
    told = r'(?:\bnote|\b_change|\.call|\.customer)\([^"()]*"(\w+_\w+)"'
    actions = {
        code
        for text in sources
        if "Reader" in text or "Trail" in text or "trail" in text or "AuditEntry" in text
        for code in re.findall(told, text)
    }
    actions |= {code for text in sources for code in re.findall(r'"action": "(\w+)"', text)}
    assert len(actions) > 8, actions
    for language in ("en", "zh"):
        words = json.loads((UI / "src" / "i18n" / f"{language}.json").read_text())["audit"]["action"]
        assert actions - set(words) == set()


def details_of_the_audit_log() -> set[str]:
    """Names of what `note` is given, of the dictionaries that are made for it, and of a user's columns."""
    keys: set[str] = {*Settings.__struct_fields__, *UserRow.__table__.columns.keys()}
    for path in (ROOT / "server").rglob("*.py"):
        text = path.read_text()
        if not re.search(r'\b(?:note|AuditEntry)\(|"audit_id"', text):
            continue
        for function in [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]:
            calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
            noting = [call for call in calls if getattr(call.func, "attr", getattr(call.func, "id", "")) in {"note", "_do"}]
            keys |= {keyword.arg for call in noting for keyword in call.keywords if keyword.arg} - {"within_s", "refused"}
            written = [node for node in ast.walk(function) if isinstance(node, ast.AnnAssign)]
            if function.name in {"_told", "note"}:
                keys |= dictionary_keys(function)
            elif noting:
                keys |= {
                    key for node in written if re.match(r"(details|counts)\b", ast.unparse(node)) for key in dictionary_keys(node)
                }
    return keys


def dictionary_keys(node: ast.AST) -> set[str]:
    found = [each for each in ast.walk(node) if isinstance(each, ast.Dict)]
    return {key.value for each in found for key in each.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_detail_of_the_audit_log_has_its_label(language: str) -> None:
    keys = details_of_the_audit_log()
    assert {"reason", "queue_id", "trunk", "author", "left_out", "away_reasons", "email"} <= keys
    labels = json.loads((UI / "src" / "i18n" / f"{language}.json").read_text())["audit"]["detail"]
    assert keys - set(labels) == set()


def test_every_entry_that_needs_attention_has_its_words_in_every_language() -> None:
    sources = [path for folder in ("server", "ivr", "telephony") for path in (ROOT / folder).rglob("*.py")]
    raising = [text for text in map(Path.read_text, sources) if "Alert(" in text]
    codes = {
        code
        for text in raising
        for code in re.findall(r'code="(\w+)"(?: if \w+ else "(\w+)")?|_give_up\([^)]*, "(\w+)"', text)
        for code in code
        if code
    }
    rules = (ROOT / "server" / "attention" / "rules").glob("*.py")
    codes |= {
        code
        for path in rules
        for code in re.findall(r'code="(\w+)",\n\s+subject|_in_a_row\("(\w+)"', path.read_text())
        for code in code
        if code
    }
    for language in ("en", "zh"):
        texts = json.loads((UI / "src" / "i18n" / f"{language}.json").read_text())
        plain = {code.removesuffix("_one").removesuffix("_other") for code in texts["attention"]["what"]}
        assert plain == codes | {"other"}
        assert set(texts["board"]["process"]) == {"redis", *re.findall(r'Plan\(\s*name="(\w+)"', PLAN.read_text())}
