"""Our decisions on random requests against those of an independent simulator, a process of its own (oracle/).

What may differ stands in oracle/explained.toml, and each entry must explain something.
"""

import collections
import copy
import datetime
import json
import re
import subprocess
import tomllib
from pathlib import Path

import stack

ORACLE = Path(__file__).parent / "oracle"
HOME = stack.ROOT / ".venv" / "oracle"
EXPLAINED = tomllib.loads((ORACLE / "explained.toml").read_text())
COUNT, SEED = 20_000, 1
# Keys with many values, as examples/cases.rs makes them.
MANY = {"aws:PrincipalOrgPaths", "aws:CalledVia"}
VARIABLE = re.compile(r"\$\{([^}]*)\}")


def test_the_oracle_agrees():
    ours = cases()
    theirs = ask([case["simulation"] for case in ours])
    counts = collections.Counter(case["ours"] for case in ours)
    for decision in ("Allowed", "ImplicitlyDenied", "ExplicitlyDenied"):
        assert counts[decision] > COUNT // 10, f"the cases are lopsided: {counts}"
    different = [case for case, answer in zip(ours, theirs) if answer != case["ours"]]
    explained = explain(different)
    unexplained = [case for case in different if id(case) not in explained]
    for case in unexplained[:1]:
        raise AssertionError(f"{len(unexplained)} unexplained, the first of which we call {json.dumps(case)}")
    found = collections.Counter(explained.values())
    print(f"{COUNT} cases, {dict(counts)}; {len(different)} differ: {dict(found)}")
    assert not EXPLAINED.keys() - found.keys(), "explains nothing any more; strike it out"


def cases():
    program = stack.BINARIES / "examples" / "cases"
    assert program.is_file(), f"`{program}` is missing: run `cargo build -p iam --examples`"
    printed = subprocess.run([program, str(COUNT), str(SEED)], capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in printed.splitlines()]


def ask(simulations):
    """The oracle's decisions. It may refuse nothing, and ignore no key that we heed."""
    script = (ORACLE / "simulate.mjs").read_text()
    answers = subprocess.run(
        [HOME / "bin" / "node", "--input-type=module", "--eval", script], cwd=HOME, check=True, capture_output=True,
        text=True, input="".join(json.dumps(simulation) + "\n" for simulation in simulations)).stdout.splitlines()
    assert len(answers) == len(simulations)
    for simulation, answer in zip(simulations, map(json.loads, answers)):
        assert not answer.get("errors") and not answer.get("ignored"), f"{answer}\n{json.dumps(simulation)}"
    return [json.loads(answer)["decision"] for answer in answers]


def explain(different):
    """The class of each case that the oracle answers as we do once it is rewritten; the fewest rewritings decide."""
    explained, left = {}, different
    for names in ([name] for name in REWRITE), REWRITE:
        for name in [names] if names is REWRITE else names:
            pairs = [(case, rewritten(case["simulation"], name)) for case in left]
            pairs = [(case, simulation) for case, simulation in pairs if simulation != case["simulation"]]
            for (case, _), answer in zip(pairs, ask([simulation for _, simulation in pairs]) if pairs else []):
                if answer == case["ours"]:
                    explained[id(case)] = "several" if names is REWRITE else name[0]
            left = [case for case in left if id(case) not in explained]
    for case in left:
        # The one case that AWS leaves open, and so do we.
        if case["ours"] == "Unknown" and any(is_single_on_many(c) for c in conditions_of(case["simulation"])):
            explained[id(case)] = "many-values-without-set-operator"
    return explained


def rewritten(simulation, names):
    simulation = copy.deepcopy(simulation)
    context = {key.lower(): value for key, value in simulation["request"]["contextVariables"].items()}
    for name in names:
        for policy in policies_of(simulation):
            REWRITE[name](policy, context)
    if "seconds-since-1970" in names:
        given = simulation["request"]["contextVariables"]
        given.update({key: written(value) for key, value in given.items() if isinstance(value, str)})
    return simulation


def policies_of(simulation):
    for named in (*simulation["identityPolicies"], *simulation.get("permissionBoundaryPolicies", [])):
        yield named["policy"]
    for level in simulation["serviceControlPolicies"]:
        yield from (named["policy"] for named in level["policies"])
    yield from (simulation[key] for key in ("sessionPolicy", "resourcePolicy") if key in simulation)


def conditions_of(simulation):
    for policy in policies_of(simulation):
        for statement in policy["Statement"]:
            for operator, keys in statement.get("Condition", {}).items():
                yield from ((operator, key) for key in keys)


def is_single_on_many(condition):
    operator, key = condition
    return key in MANY and ":" not in operator and not operator.startswith("Null")


def literal_variables(policy, context):
    if policy.get("Version") != "2012-10-17":
        each_text(policy, ("Resource", "NotResource", "Condition"), lambda text: text.replace("${", "${$}{"))


def resolved_resources(policy, context):
    if policy.get("Version") == "2012-10-17":
        each_text(policy, ("Resource", "NotResource"), lambda text: resolved(text, context, all_of_them=True))


def variables_without_value(policy, context):
    if policy.get("Version") == "2012-10-17":
        each_text(policy, ("Condition",), lambda text: resolved(text, context, all_of_them=False))


def resolved(text, context, all_of_them):
    """The text with its variables replaced: all of them, or those that have no value by something nothing equals."""
    def value(match):
        key, _, default = match[1].partition(", ")
        known = context.get(key.lower(), default.strip("'") or None)
        if key in ("*", "?", "$") or (known is not None and not all_of_them):
            return match[0]
        return "no-such-value" if known is None else re.sub(r"[*?$]", lambda special: f"${{{special[0]}}}", known)
    return VARIABLE.sub(value, text)


def dates(policy, context):
    each_text(policy, ("Condition",), written)


def written(text):
    if not re.fullmatch(r"\d{10}", text):
        return text
    return datetime.datetime.fromtimestamp(int(text), datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def one_address(policy, context):
    each_text(policy, ("Condition",), lambda text: re.sub(r"^(\d+\.\d+\.\d+\.\d+)$", r"\1/32", text))


def every_address(policy, context):
    halves = {"0.0.0.0/0": ["0.0.0.0/1", "128.0.0.0/1"]}
    for statement in policy["Statement"]:
        for keys in statement.get("Condition", {}).values():
            for key, values in keys.items():
                values = values if isinstance(values, list) else [values]
                keys[key] = [part for value in values for part in halves.get(value, [value])]


def if_exists_for_any_value(policy, context):
    for statement in policy["Statement"]:
        conditions = statement.get("Condition", {})
        for operator in [name for name in conditions if re.fullmatch("ForAnyValue:.*IfExists", name)]:
            for key in [key for key in conditions[operator] if key.lower() not in context]:
                del conditions[operator][key]


def special_characters(policy, context):
    if policy.get("Version") == "2012-10-17":
        for statement in policy["Statement"]:
            for operator, keys in statement.get("Condition", {}).items():
                if "Equals" in operator and "Arn" not in operator:
                    inner = {"Statement": [{"Condition": keys}]}
                    each_text(inner, ("Condition",), lambda text: text.replace("${*}", "*"))
                    statement["Condition"][operator] = inner["Statement"][0]["Condition"]


def set_operator(policy, context):
    """Where all values answer alike, any of them does."""
    for statement in policy["Statement"]:
        conditions = statement.get("Condition", {})
        for operator in list(conditions):
            for key in [key for key in conditions[operator] if is_single_on_many((operator, key))]:
                if key.lower() in context:
                    values = conditions[operator].pop(key)
                    conditions.setdefault(f"ForAnyValue:{operator}", {}).setdefault(key, values)


def each_text(policy, elements, change):
    def changed(value):
        if isinstance(value, dict):
            return {key: changed(inner) for key, inner in value.items()}
        return [changed(inner) for inner in value] if isinstance(value, list) else change(value)
    for statement in policy["Statement"]:
        statement.update({name: changed(statement[name]) for name in elements if name in statement})


REWRITE = {
    "variables-of-2008": literal_variables,
    "variables-in-resources": resolved_resources,
    "variables-without-value": variables_without_value,
    "special-characters": special_characters,
    "seconds-since-1970": dates,
    "one-address": one_address,
    "every-address": every_address,
    "if-exists-for-any-value": if_exists_for_any_value,
    "many-values-without-set-operator": set_operator,
}
