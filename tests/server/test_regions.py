"""Which region a browser belongs to."""

from __future__ import annotations

import pytest

from server.config.sections import Region
from server.regions import region_of

REGIONS = (
    Region(name="leeds", networks=("10.1.0.0/16", "2001:db8:1::/48")),
    Region(name="leeds-lab", networks=("10.1.7.0/24",)),
    Region(name="berlin", networks=("10.2.0.0/16", "203.0.113.5")),
)


@pytest.mark.parametrize(
    ("address", "region"),
    [
        ("10.1.2.3", "leeds"),
        ("10.1.7.3", "leeds-lab"),
        ("::ffff:10.2.0.1", "berlin"),
        ("203.0.113.5", "berlin"),
        ("2001:db8:1:2::9", "leeds"),
        ("192.0.2.1", ""),
        ("", ""),
        ("nobody", ""),
    ],
)
def test_the_most_particular_network_says_it(address: str, region: str) -> None:
    assert region_of(address, REGIONS) == region


def test_without_regions_nobody_belongs_to_one() -> None:
    assert region_of("10.1.2.3", ()) == ""
    assert region_of("10.1.2.3", (Region(name="all", networks=("any",)),)) == "all"
