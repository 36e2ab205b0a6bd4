"""Texts that a new flow begins with: complete flows that say what they do, for somebody to change (`docs/flows.md`)."""

from __future__ import annotations

import json
from enum import StrEnum


class Template(StrEnum):
    EMPTY = "empty"
    """A sentence and the end of the call."""
    RING_ONE_QUEUE = "ring_one_queue"
    TWO_CHOICES = "two_choices"
    """A key for each of two queues."""


QUEUES: dict[Template, int] = {Template.EMPTY: 0, Template.RING_ONE_QUEUE: 1, Template.TWO_CHOICES: 2}
"""How many queues a template leads to."""

_WORDS = {
    "en": {
        "welcome": "Welcome.",
        "soon": "Welcome. Let me find somebody who can help you.",
        "question": "Welcome. For {0}, press 1. For {1}, press 2.",
        "patience": "Thank you for waiting.",
        "busy": "I am sorry, everybody is still busy. Please call again a little later. Good-bye.",
        "not_possible": "I am sorry, we cannot take your call right now. Please call again in a few minutes. Good-bye.",
    },
    "zh": {
        "welcome": "您好，欢迎致电。",
        "soon": "您好，欢迎致电。正在为您转接客服人员。",
        "question": "您好，欢迎致电。{0}请按 1，{1}请按 2。",
        "patience": "感谢您的耐心等待。",
        "busy": "非常抱歉，客服人员仍在忙碌，请您稍后再拨。再见。",
        "not_possible": "非常抱歉，暂时无法接听您的来电，请您几分钟后再拨。再见。",
    },
}
_HEAD = """\
flow: {flow_id}
name: {name}
start: welcome
language: {language}

steps:
"""
_EMPTY = """\
  welcome:
    verb: say
    text: {welcome}
    next: goodbye

  goodbye: {{verb: hang_up}}
"""
_SAY = """\
  welcome:
    verb: say
    text: {soon}
    next: {first}

"""
_MENU = """\
  welcome:
    verb: menu
    ask: {question}
    options:
      - {{digit: 1, label: {first_name}, go: {first}}}
      - {{digit: 2, label: {second_name}, go: {second}}}
    otherwise: {first}

"""
_ENQUEUE = """\
  {step}:
    verb: enqueue
    queue: {queue}
    waiting:
      announce: [position, expected_wait]
      text: {patience}
      first_after_s: 20
      every_s: 45
    max_wait_s: 900
    too_long: nobody_free
    failed: not_possible

"""
_END = """\
  nobody_free:
    verb: hang_up
    say: {busy}

  not_possible:
    verb: hang_up
    say: {not_possible}
"""


def flow_text(template: Template, flow_id: str, name: str, language: str, queues: dict[str, str]) -> str:
    """A flow as YAML. `queues`: id → name, as many as the template needs. Every language but Chinese begins in English."""
    words = _words(language)
    head = _HEAD.format(flow_id=flow_id, name=_quoted(name), language=language)
    if template is Template.EMPTY:
        return head + _EMPTY.format(**words)
    steps = dict(zip(("first", "second"), map(_step, queues), strict=False))
    steps |= dict(zip(("first_name", "second_name"), map(_quoted, queues.values()), strict=False))
    if template is Template.TWO_CHOICES:
        words["question"] = _quoted(words["question"].format(*map(_spoken, queues.values())))
    welcome = _SAY if template is Template.RING_ONE_QUEUE else _MENU
    waits = [_ENQUEUE.format(step=_step(queue), queue=queue, **words) for queue in queues]
    return head + welcome.format(**words, **steps) + "".join(waits) + _END.format(**words)


def _words(language: str) -> dict[str, str]:
    return dict(_WORDS["zh" if language.split("-", maxsplit=1)[0] == "zh" else "en"])


def _quoted(text: str) -> str:
    """A text as YAML: JSON's strings are YAML's double-quoted ones."""
    return json.dumps(text, ensure_ascii=False)


def _spoken(name: str) -> str:
    """In a text, braces would be a variable."""
    return name.replace("{", "(").replace("}", ")")


def _step(queue_id: str) -> str:
    return f"wait_{queue_id.removeprefix('queue_')}"
