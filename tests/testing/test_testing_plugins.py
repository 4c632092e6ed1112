"""A whole plugin at once: for the command line, and as one line in an author's tests."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from registered import registered

from drugexp.errors import PluginError, UsageError
from drugexp.registry import Registry
from drugexp.testing import check_plugin, conformance, rules

METRIC = registered("metric", "mine", "broken_others:by_place")


def cases(test) -> list:
    """Return the cases of a parametrised test function."""
    return list(test.pytestmark[0].args[1])


def test_every_rule_of_every_thing_gets_a_result() -> None:
    found = list(check_plugin("mine", METRIC))
    assert [r.rule for r in found] == [rule.name for rule in rules("metric")]
    assert {(r.kind, r.name) for r in found} == {("metric", "mine")}
    broken = next(r for r in found if r.rule == "order-free")
    assert not broken.passed
    assert "the score in another order differs" in broken.message
    masked = next(r for r in found if r.rule == "respects-the-mask")
    assert masked.passed
    assert masked.message == "does not apply: it takes no mask of observed entries"
    assert all(r.seconds >= 0 for r in found)


def test_a_thing_that_cannot_be_imported_is_one_failure() -> None:
    found = list(check_plugin("mine", registered("metric", "mine", "no_such_module:metric")))
    assert [(r.rule, r.passed) for r in found] == [("loads", False)]
    assert "no_such_module" in found[0].message


def test_a_reader_is_not_tried_without_files() -> None:
    found = list(check_plugin("mine", registered("reader", "mine", "broken_readers:healthy")))
    assert [(r.rule, r.passed) for r in found] == [("files", True)]
    assert "a reader needs files" in found[0].message


def test_a_plugin_that_is_unknown_broken_or_disabled_says_so() -> None:
    mine = METRIC.plugins[-1]
    for status, error, says in (("error", PluginError, "does not load: no luck"), ("disabled", UsageError, "disabled")):
        registry = Registry([replace(mine, status=status, error="no luck")])
        with pytest.raises(error, match=says):
            list(check_plugin("mine", registry))
    with pytest.raises(UsageError, match="unknown plugin 'min'; nearest: mine"):
        list(check_plugin("min", METRIC))


def test_one_line_gives_one_case_for_each_thing_and_rule() -> None:
    test = conformance("mine", registry=METRIC, skip={"mine": {"order-free": "known, and on the list"}})
    found = {case.id: case for case in cases(test)}
    assert list(found) == [f"metric-mine-{rule.name}" for rule in rules("metric")]
    assert found["metric-mine-order-free"].marks[0].kwargs["reason"] == "known, and on the list"
    test(*found["metric-mine-one-score-a-sample"].values)
    with pytest.raises(pytest.fail.Exception, match="metric 'my-models:mine', rule 'order-free'"):
        test(*found["metric-mine-order-free"].values)
    with pytest.raises(pytest.skip.Exception, match="takes no mask"):
        test(*found["metric-mine-respects-the-mask"].values)


@pytest.mark.parametrize(
    ("plugin", "more", "says"),
    [
        ("nowhere", {}, "unknown plugin 'nowhere'"),
        ("mine", {"options": {"mien": {}}}, "nearest: mine"),
    ],
)
def test_a_plugin_that_does_not_load_is_one_failing_test(plugin: str, more: dict, says: str) -> None:
    test = conformance(plugin, registry=METRIC, **more)
    assert cases(test) == [plugin]
    with pytest.raises(pytest.fail.Exception, match=says):
        test(plugin)


def test_a_reader_asks_for_files_and_is_tried_with_them(tmp_path) -> None:
    from broken_readers import CONTENT, About

    registry = registered("reader", "mine", "broken_readers:healthy")
    (alone,) = cases(conformance("mine", registry=registry))
    assert "a reader needs files" in alone.marks[0].kwargs["reason"]
    (tmp_path / "tiny.csv").write_bytes(CONTENT)

    def settings() -> dict:
        return {"files": {"tiny.csv": tmp_path / "tiny.csv"}, "manifest": About()}

    test = conformance("mine", registry=registry, settings={"mine": settings})
    for case in cases(test):
        test(*case.values)


def test_the_kit_needs_no_pytest() -> None:
    code = (
        "import sys; sys.modules['pytest'] = None\n"
        "from drugexp.testing import check_model, check_plugin, rules\n"
        "assert rules('model')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603
