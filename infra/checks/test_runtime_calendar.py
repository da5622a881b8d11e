"""Compares our runtime calendar with the tables of cfn-lint and botocore."""

import datetime
import importlib.resources
import json
import pathlib
import tomllib

import botocore.session
import pytest

PHASES = ("deprecated", "create-block", "update-block")
KEYS = {*PHASES, "successor", "os", "image-only"}

CALENDAR_FILE = pathlib.Path(__file__).parents[2] / "shared/rules/data/runtimes.toml"
CALENDAR = tomllib.loads(CALENDAR_FILE.read_text())
OURS = CALENDAR["runtimes"]

# (runtime, key) → why ours differs from cfn-lint's. Empty is best.
DIFFERENT = {}

# Names that cfn-lint's table lacks → where they come from.
NOT_IN_CFN_LINT = {
    "custom": "botocore; customer-managed, so AWS has no dates for it",
    "dotnet5.0": "runtimes page; container image only",
    "dotnet7": "runtimes page; container image only",
    "java11.al2023": "botocore and runtimes page; not scheduled",
    "java17.al2023": "botocore and runtimes page; not scheduled",
    "java8.al2023": "botocore and runtimes page; not scheduled",
    "nodejs26.x": "botocore; no dates yet",
    "python3.15": "botocore; no dates yet",
}

# AWS closed these to new functions before the day of deprecation.
OUT_OF_ORDER = {"nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "dotnetcore2.0"}


def cfn_lint() -> dict:
    path = "data/AdditionalSpecs/LmbdRuntimeLifecycle.json"
    return json.loads((importlib.resources.files("cfnlint") / path).read_text())


def runtimes_of_the_api() -> list[str]:
    model = botocore.session.get_session().get_service_model("lambda")
    return model.shape_for("Runtime").enum


@pytest.mark.parametrize("name", sorted(cfn_lint()))
def test_cfn_lint_agrees(name):
    theirs = cfn_lint()[name]
    assert name in OURS, f"add {name} to {CALENDAR_FILE.name}"
    for key in (*PHASES, "successor"):
        mine = OURS[name].get(key)
        mine = mine.isoformat() if isinstance(mine, datetime.date) else mine
        same = mine == theirs[key]
        assert same != ((name, key) in DIFFERENT), f"{name} {key}: {mine}, cfn-lint {theirs[key]}"


def test_the_rest_is_accounted_for():
    assert set(OURS) - set(cfn_lint()) == set(NOT_IN_CFN_LINT)


def test_every_runtime_of_the_api_is_known():
    names = set(runtimes_of_the_api())
    assert names - set(OURS) == set()
    images = {name for name, life in OURS.items() if life.get("image-only")}
    # botocore names `custom` from 1.44 on; aws-sam-cli holds ours back.
    assert set(OURS) - names - {"custom"} == images, "what the API does not name is an image only"


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_runtime_is_well_formed(name):
    life = OURS[name]
    assert set(life) <= KEYS
    assert life.get("os") in {None, "AL1", "AL2", "AL2023"}
    days = [life[phase] for phase in PHASES if phase in life]
    assert all(type(day) is datetime.date for day in days)
    assert (days == sorted(days)) != (name in OUT_OF_ORDER), f"{name}: {days}"


@pytest.mark.parametrize("name", sorted(n for n, life in OURS.items() if "successor" in life))
def test_a_successor_can_be_moved_to(name):
    successor = OURS[name]["successor"]
    life = OURS[successor]
    assert not life.get("image-only")
    assert life["deprecated"] > CALENDAR["read"], f"{name} → {successor}, itself deprecated"
    mine = OURS[name].get("deprecated")
    assert mine is None or mine <= life["deprecated"], f"{successor} ends before {name}"
