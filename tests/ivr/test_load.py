"""Flow files: what is wrong is told with file, line, column and a sentence, all at once."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.problems import MOST_TOLD
from ivr.flow import Flow
from ivr.load import DEMO_FLOW, load_flow, load_flow_file
from ivr.problems import FlowRefused
from tests.ivr.callers import flow_of

MALFORMED = Path(__file__).parent / "flows" / "malformed"
EXPECTED = (MALFORMED / "expected.txt").read_text(encoding="utf-8").splitlines()


def problems_of(text: str, file: str = "flow") -> list[str]:
    with pytest.raises(FlowRefused) as refused:
        load_flow(text, file)
    return [str(problem) for problem in refused.value.problems]


@pytest.mark.parametrize("path", sorted(MALFORMED.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_mistake_is_told_where_it_is(path: Path) -> None:
    expected = [line for line in EXPECTED if line.startswith(f"{path.name}:")]
    assert expected, f"{path.name} has no line in expected.txt"
    assert problems_of(path.read_text(encoding="utf-8"), path.name) == expected


def test_a_file_that_is_not_there_is_told_like_other_problems(tmp_path: Path) -> None:
    with pytest.raises(FlowRefused, match=r"missing\.yaml:1:1: cannot be read: No such file"):
        load_flow_file(tmp_path / "missing.yaml")


def test_a_file_that_is_no_text_is_told_like_other_problems(tmp_path: Path) -> None:
    path = tmp_path / "bytes.yaml"
    path.write_bytes(b"flow: \xff")
    with pytest.raises(FlowRefused, match="is not UTF-8 at byte 0xff"):
        load_flow_file(path)


def test_a_file_nested_beyond_reason_is_refused() -> None:
    assert problems_of("a: " + "[" * 20_000 + "]" * 20_000) == ["flow:1:23: the file is nested too deeply"]


def test_a_file_of_control_characters_is_refused() -> None:
    assert problems_of("flow: \x00") == ["flow:1:1: the file contains characters that are not text"]


def test_a_file_beyond_reason_is_refused() -> None:
    assert problems_of("#" * 1_000_001) == ["flow:1:1: the file is larger than 1,000,000 characters"]


def test_keys_that_yaml_takes_for_other_things_stay_words() -> None:
    flow = flow_of(
        """
        no: {verb: say, text: {en: Hi., no: Hei.}, next: "1"}
        1: {verb: hang_up}
    """,
        start='"no"',
    )
    assert list(flow.steps) == ["no", "1"]


def is_flow_or_refused(text: str) -> bool:
    """Nothing else may come of a text."""
    try:
        return isinstance(load_flow(text), Flow)
    except FlowRefused as refused:
        return all(problem.line >= 1 and problem.sentence for problem in refused.problems)


@given(st.text(max_size=200))
def test_any_text_is_a_flow_or_refused(text: str) -> None:
    assert is_flow_or_refused(text)


@given(data=st.data())
def test_any_damage_to_the_demo_flow_is_a_flow_or_refused(data: st.DataObject) -> None:
    text = DEMO_FLOW.read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(text)))
    end = min(len(text), start + data.draw(st.integers(0, 40)))
    assert is_flow_or_refused(text[:start] + data.draw(st.text(alphabet='ab {}[]:,"-\n&*?|>%', max_size=10)) + text[end:])


def test_a_flow_of_many_steps_that_lead_nowhere_is_refused_with_few_words_and_soon() -> None:
    steps = "".join(f"  s{number}: {{verb: say, text: x, next: t{number}}}\n" for number in range(4000))
    before_s = time.thread_time()
    assert len(problems_of("flow: f\nname: x\nstart: s0\nsteps:\n" + steps)) == MOST_TOLD + 1
    assert time.thread_time() - before_s < 12


ASKS = "a: {verb: menu, ask: Again, options: [{digit: 1, go: b}], otherwise: b, %s}\nb: {verb: hang_up}"
COLLECTS = "a: {verb: collect, into: v, ask: Number, next: b, otherwise: b, %s}\nb: {verb: hang_up}"
WAITS = "a: {verb: enqueue, queue: q, too_long: b, failed: b, %s}\nb: {verb: hang_up}"


@pytest.mark.parametrize(
    ("steps", "field"),
    [
        (ASKS, "tries: 100000"),
        (ASKS, "timeout_s: 1.0e+300"),
        (COLLECTS, "max_digits: 999999999"),
        (COLLECTS, "next_digit_s: 2000000"),
        (WAITS, "max_wait_s: 1.0e+300"),
        (WAITS, "waiting: {every_s: 1.0e+18}"),
        (WAITS, "callback: {after_s: 1.0e+18}"),
        (WAITS, "priority: 1000001"),
    ],
)
def test_a_number_beyond_all_sense_is_told_with_its_place(steps: str, field: str) -> None:
    with pytest.raises(FlowRefused) as refused:
        flow_of(steps % field)
    (problem,) = refused.value.problems
    assert "must be" in problem.sentence
    assert problem.line == 5


@pytest.mark.parametrize("limit", ["0", "-1", "1.0e+300"])
def test_a_flow_has_a_time_limit_that_can_come(limit: str) -> None:
    with pytest.raises(FlowRefused, match="limit_s"):
        flow_of("a: {verb: hang_up}", limit_s=limit)


@pytest.mark.parametrize("number", [".nan", ".inf", "-.INF", "1.0e+999"])
@pytest.mark.parametrize("field", ["timeout_s: %s", "least_confidence: %s"])
def test_what_is_no_finite_number_is_told_with_its_place(number: str, field: str) -> None:
    """A time limit that compares with nothing never came: the caller waited for good."""
    with pytest.raises(FlowRefused) as refused:
        flow_of(ASKS.replace("%s", field % number))
    assert [(problem.line, "number" in problem.sentence) for problem in refused.value.problems] == [(5, True)]
