"""EventBridge's pattern language, as far as our rules use it, and strict about the rest.

A pattern that EventBridge would refuse raises `ValueError`, with the path of what is wrong.
Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

import operator
import re

ABSENT = object()
COMPARE = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def matches(pattern: dict, event, at: str = "") -> bool:
    """Whether the event has, for every key of the pattern, one of the values listed there."""
    if not isinstance(pattern, dict) or not pattern:
        raise ValueError(f"{at or 'the pattern'} is not an object with keys")
    return all(_key(key, wanted, event, f"{at}.{key}".lstrip(".")) for key, wanted in pattern.items())


def paths(pattern: dict, at: tuple = ()):
    """The path of every leaf of the pattern, as tuples of keys; `$or` is looked through."""
    for key, wanted in pattern.items():
        if key == "$or":
            for choice in wanted:
                yield from paths(choice, at)
        elif isinstance(wanted, dict):
            yield from paths(wanted, (*at, key))
        else:
            yield (*at, key)


def _key(key, wanted, event, at) -> bool:
    if key == "$or":
        if not isinstance(wanted, list) or len(wanted) < 2:
            raise ValueError(f"{at} needs at least two alternatives")
        return any([matches(choice, event, at) for choice in wanted])
    inner = event.get(key, ABSENT) if isinstance(event, dict) else ABSENT
    if isinstance(wanted, dict):
        # An array matches when one of its elements does.
        if isinstance(inner, list):
            return any([matches(wanted, each, at) for each in inner])
        return matches(wanted, inner, at)
    if not isinstance(wanted, list) or not wanted:
        raise ValueError(f"{at} must be a list of values")
    values = inner if isinstance(inner, list) and inner else [inner]
    # A list, not a generator: every operator is looked at, so that an unknown one is always reported.
    return any([_value(each, value, at) for each in wanted for value in values])


def _value(wanted, value, at) -> bool:
    if not isinstance(wanted, dict):
        return value is not ABSENT and type(wanted) is type(value) and wanted == value
    if len(wanted) != 1:
        raise ValueError(f"{at} holds an operator with more than one name")
    name, argument = next(iter(wanted.items()))
    if name not in OPERATORS:
        raise ValueError(f"{at} holds the unknown operator `{name}`")
    return OPERATORS[name](argument, value, at)


def _exists(wanted, value, at):
    if not isinstance(wanted, bool):
        raise ValueError(f"{at}: exists takes true or false")
    # Only a leaf exists: an object or an empty array does not.
    return (value is not ABSENT and not isinstance(value, dict)) == wanted


def _text(test):
    def check(argument, value, at):
        fold = isinstance(argument, dict)
        if fold:
            if set(argument) != {"equals-ignore-case"}:
                raise ValueError(f"{at} holds an unknown refinement {sorted(argument)}")
            argument = argument["equals-ignore-case"]
        if not isinstance(argument, str):
            raise ValueError(f"{at} needs text, not {argument!r}")
        if not isinstance(value, str):
            return False
        return test(value.lower(), argument.lower()) if fold else test(value, argument)

    return check


def _anything_but(argument, value, at):
    if isinstance(argument, dict):
        name, inner = next(iter(argument.items()))
        if len(argument) != 1 or name not in ("prefix", "suffix", "wildcard", "equals-ignore-case"):
            raise ValueError(f"{at}: anything-but takes no {sorted(argument)}")
        refused = [OPERATORS[name](each, value, at) for each in (inner if isinstance(inner, list) else [inner])]
        return isinstance(value, str) and not any(refused)
    refused = argument if isinstance(argument, list) else [argument]
    if any(isinstance(each, bool) or not isinstance(each, (str, int, float)) for each in refused):
        raise ValueError(f"{at}: anything-but takes text and numbers only")
    return isinstance(value, (str, int, float)) and not isinstance(value, bool) and value not in refused


def _numeric(argument, value, at):
    if not isinstance(argument, list) or len(argument) not in (2, 4) or set(argument[::2]) - COMPARE.keys():
        raise ValueError(f"{at}: numeric takes one or two comparisons")
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and all(COMPARE[sign](value, bound) for sign, bound in zip(argument[::2], argument[1::2]))


def _wildcard(value, pattern):
    """Only `*` is special; a backslash takes that from it."""
    parts = [re.escape(part) for part in re.split(r"(?<!\\)\*", pattern)]
    return re.fullmatch(".*".join(parts).replace(r"\\\*", r"\*"), value, re.S) is not None


OPERATORS = {
    "anything-but": _anything_but,
    "equals-ignore-case": _text(lambda value, wanted: value.lower() == wanted.lower()),
    "exists": _exists,
    "numeric": _numeric,
    "prefix": _text(str.startswith),
    "suffix": _text(str.endswith),
    "wildcard": _text(_wildcard),
}
