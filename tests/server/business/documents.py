"""Configurations as hypothesis draws them: of the right shape, whatever they mean."""

from __future__ import annotations

from hypothesis import strategies as st

from core.model import Channel, Shift, Strategy
from core.opening_hours import DAYS, OpeningHours, PublicHolidays
from server.business.document import AgentRules, AttributeRules, DispositionRules, Document, QueueRules, StepRules

ids = st.from_regex(r"[a-z_][a-z0-9_]{0,8}(\.[a-z0-9]{1,3})?", fullmatch=True) | st.sampled_from(
    ["no", "null", "yes", "on", "e1"]
)
_letters = st.characters(min_codepoint=32, max_codepoint=0x4FFF, exclude_categories=("Cc", "Cs", "Zl", "Zp"))
texts = st.text(_letters, max_size=30)
spans = st.lists(st.sampled_from(["09:00-12:00", "13:00-17:30", "00:00-24:00"]), unique=True).map(tuple)
seconds = st.floats(0, 1e6).map(lambda value: round(value, 3)) | st.integers(0, 10_000).map(float)
levels = st.dictionaries(ids, st.integers(1, 5), max_size=4)
channels = st.sampled_from([str(channel) for channel in Channel])
counts = st.dictionaries(channels, st.integers(0, 9), max_size=3)

attributes = st.builds(
    AttributeRules, name=texts, kind=st.sampled_from(["yes_no", "number", "text"]), values=st.lists(texts, max_size=3).map(tuple)
)
hours = st.builds(
    OpeningHours,
    time_zone=st.sampled_from(["Europe/London", "Asia/Shanghai"]),
    week=st.dictionaries(st.sampled_from([*DAYS, "mon-fri"]), spans, max_size=3),
    special=st.dictionaries(st.dates().map(str), spans, max_size=2),
    holidays=st.none() | st.builds(PublicHolidays, country=st.just("GB"), subdivision=st.none() | st.just("ENG")),
)
steps = st.builds(
    StepRules, after_s=seconds, requirements=st.none() | levels, condition=st.none() | texts, overflow_to=st.none() | ids
)
queues = st.builds(
    QueueRules,
    name=texts,
    requirements=levels,
    condition=texts,
    strategy=st.sampled_from(Strategy),
    steps=st.lists(steps, max_size=3).map(tuple),
    hours=st.just("") | ids,
    priority=st.integers(-9, 9),
    ageing_per_minute=seconds,
    ring_timeout_s=seconds,
    wrap_up_limit_s=seconds,
    max_wait_s=seconds,
    last_agent_days=seconds,
)
agents = st.builds(
    AgentRules,
    name=texts,
    skills=levels,
    queues=st.lists(ids, max_size=3).map(tuple),
    attributes=st.dictionaries(ids, st.booleans() | st.integers(-9, 9) | texts, max_size=3),
    capacity=counts,
    interruptions=st.dictionaries(channels, counts, max_size=2),
    shifts=st.lists(st.builds(Shift, days=st.lists(st.sampled_from(DAYS)).map(tuple), hours=spans), max_size=2).map(tuple),
)
dispositions = st.builds(
    DispositionRules, name=texts, below=st.lists(texts, max_size=3).map(tuple), queues=st.lists(ids, max_size=2).map(tuple)
)
documents = st.builds(
    Document,
    skills=st.dictionaries(ids, texts, max_size=4),
    attributes=st.dictionaries(ids, attributes, max_size=3),
    hours=st.dictionaries(ids, hours, max_size=2),
    queues=st.dictionaries(ids, queues, max_size=3),
    agents=st.dictionaries(ids, agents, max_size=3),
    dispositions=st.lists(dispositions, max_size=3).map(tuple),
)
