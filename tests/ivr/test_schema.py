"""The published schema is the one in force."""

import json
from pathlib import Path

import jsonschema
import yaml

import ivr
from ivr.load import DEMO_FLOW
from ivr.schema import flow_schema

PUBLISHED = Path(ivr.__file__).parent / "flow.schema.json"


def test_the_published_schema_is_the_one_in_force() -> None:
    """When this fails: python -m ivr.schema > ivr/flow.schema.json"""
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == json.loads(json.dumps(flow_schema()))


def test_the_schema_is_valid_and_the_demo_flow_fits_it() -> None:
    schema = json.loads(json.dumps(flow_schema()))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(yaml.safe_load(DEMO_FLOW.read_text(encoding="utf-8")))
