"""The PrometheusRules of the golden cases through promtool: they are correct, and each alert fires when it should only."""

import subprocess
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).parent
GOLDEN = HERE.parent / "golden"
TESTED = GOLDEN / "alerts" / "expected.yaml"  # has every alert


def rules(path):
    """The rule files in `path`, as Prometheus reads them."""
    return [document["spec"] for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
            if document["kind"] == "PrometheusRule"]


CASES = [path.parent.name for path in sorted(GOLDEN.glob("*/expected.yaml")) if rules(path)]


def promtool(folder, *words):
    done = subprocess.run(["promtool", *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def write_rules(path, folder):
    """One file for all blueprints of a case, whose groups would have to have different names anyway."""
    groups = [group for one in rules(path) for group in one["groups"]]
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": groups}, sort_keys=False), encoding="utf-8")


def test_there_are_cases():
    assert {"alerts", "alerts-worker", "sample-monitored-with-alerts"} <= set(CASES)


@pytest.mark.parametrize("case", CASES)
def test_rules_are_correct(case, tmp_path):
    write_rules(GOLDEN / case / "expected.yaml", tmp_path)
    promtool(tmp_path, "check", "rules", "--lint=all", "--lint-fatal", "rules.yaml")


def test_alerts_fire_and_keep_quiet_as_they_should(tmp_path):
    write_rules(TESTED, tmp_path)
    (tmp_path / "alerts.yaml").write_text((HERE / "alerts.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    promtool(tmp_path, "test", "rules", "alerts.yaml")


def test_every_alert_is_tried_both_ways():
    wanted = {rule["alert"] for one in rules(TESTED) for group in one["groups"] for rule in group["rules"]}
    assert wanted
    tried = yaml.safe_load((HERE / "alerts.yaml").read_text(encoding="utf-8"))["tests"]
    checks = [check for one in tried for check in one["alert_rule_test"]]
    assert {check["alertname"] for check in checks if check["exp_alerts"]} == wanted
    assert {check["alertname"] for check in checks if not check["exp_alerts"]} == wanted
