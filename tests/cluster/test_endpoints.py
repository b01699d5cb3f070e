"""The operator's own face: metrics, health, logs, signals, flags."""

import json
import subprocess

import pytest

from blueprints import create, wait_ready
from operator_process import clean_environment
from waiting import eventually

METRICS = [
    "controller_runtime_reconcile_total", "controller_runtime_reconcile_errors_total",
    "controller_runtime_terminal_reconcile_errors_total", "controller_runtime_reconcile_panics_total",
    "controller_runtime_reconcile_time_seconds_bucket", "controller_runtime_max_concurrent_reconciles",
    "controller_runtime_active_workers", "workqueue_depth", "workqueue_adds_total", "workqueue_retries_total",
    "workqueue_queue_duration_seconds_bucket", "workqueue_work_duration_seconds_bucket",
    "workqueue_unfinished_work_seconds", "workqueue_longest_running_processor_seconds", "rest_client_requests_total",
    "rest_client_request_duration_seconds_bucket", "process_resident_memory_bytes", "process_open_fds",
    "serviceblueprint_cache_objects", "serviceblueprint_reflector_synced", "serviceblueprint_watch_events_total",
    "serviceblueprint_managed_objects", "serviceblueprint_writes_total",
]
LINE_FIELDS = {"time", "level", "message", "service", "version", "controller", "namespace", "name", "reconcileID"}
OUTCOME_FIELDS = LINE_FIELDS | {"generation", "writes", "duration"}


def test_metrics_have_the_agreed_names(api, operator, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    present = {line.partition("{")[0].partition(" ")[0] for line in operator.metrics().splitlines()
               if line and not line.startswith("#")}
    assert [name for name in METRICS if name not in present] == []
    assert [name for name in present if name.startswith("serviceblueprint_") and "build_info" in name]


def test_promtool_finds_nothing_to_say(api, operator, namespace):
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    done = subprocess.run(["promtool", "check", "metrics"], input=operator.metrics(), capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_metric_values_follow_the_work(api, operator, namespace):
    managed = operator.metric("serviceblueprint_managed_objects")
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")
    eventually(lambda: _grown(operator, managed))
    assert operator.metric("controller_runtime_reconcile_total", 'result="success"') > 0
    assert operator.metric("rest_client_requests_total", 'code="201"') > 0
    assert operator.metric("serviceblueprint_writes_total", 'outcome="created"') >= 4
    assert operator.metric("controller_runtime_reconcile_panics_total") == 0


def _grown(operator, managed):
    assert operator.metric("serviceblueprint_managed_objects") >= managed + 4


def test_no_label_holds_the_name_of_an_object(api, operator, namespace):
    create(api, namespace, "a-telling-name")
    wait_ready(api, namespace, "a-telling-name")
    assert "a-telling-name" not in operator.metrics()
    assert namespace not in operator.metrics()


def test_health_and_readiness(operator):
    assert operator.ask("/healthz") == (200, "ok")
    assert operator.ask("/readyz") == (200, "ok")
    status, verbose = operator.ask("/readyz?verbose")
    assert status == 200
    assert "[+]" in verbose and "ok" in verbose
    assert operator.ask("/elsewhere")[0] == 404


def test_each_line_of_the_log_is_json_with_the_agreed_fields(api, operator, namespace):
    start = operator.log_position()
    create(api, namespace, "shop")
    wait_ready(api, namespace, "shop")

    def check():
        lines = [one for one in operator.log_since(start)
                 if one.get("name") == "shop" and one.get("namespace") == namespace]
        assert any("duration" in one for one in lines)
        return lines
    lines = eventually(check)
    outcomes = [one for one in lines if "duration" in one]
    for line in outcomes:
        assert OUTCOME_FIELDS <= set(line), line
        assert line["service"] == "serviceblueprint-operator"
    assert len({one["reconcileID"] for one in outcomes}) == len(outcomes), "one line per outcome"
    assert any(one["writes"] > 0 for one in outcomes)
    assert all(LINE_FIELDS <= set(one) for one in lines), lines


def test_no_token_in_the_log(operator):
    token = json.loads(operator.kubeconfig.read_text())["users"][0]["user"]["token"]
    text = operator.log.read_text()
    assert token not in text and token.split(".")[2] not in text


def test_sigterm_ends_it_with_zero(operator):
    operator.terminate()  # asserts the code


def test_sigint_ends_it_with_zero(operator):
    process, operator.process = operator.process, None
    process.send_signal(2)
    assert process.wait(timeout=40) == 0


def run(operator, *flags, **environment):
    return subprocess.run([operator.binary, *flags], env=clean_environment(environment), capture_output=True, text=True,
                          timeout=30, check=False)


WRONG = {
    "unknown-flag": (["--no-such-flag"], "no-such-flag"),
    "not-a-number": (["--max-concurrent-reconciles=many"], "max-concurrent-reconciles"),
    "out-of-range": (["--max-concurrent-reconciles=0"], "max-concurrent-reconciles"),
    "not-a-duration": (["--request-timeout=fast"], "request-timeout"),
    "unknown-level": (["--log-level=loud"], "log-level"),
    "unknown-format": (["--log-format=xml"], "log-format"),
    "bad-address": (["--metrics-bind-address=nowhere"], "metrics-bind-address"),
    "missing-config": (["--config=/does/not/exist"], "/does/not/exist"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_usage_is_one_line_and_exit_code_2(operator, case):
    flags, named = WRONG[case]
    done = run(operator, *flags)
    assert done.returncode == 2
    assert named in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_wrong_variable_and_a_wrong_file_are_named(operator, tmp_path):
    done = run(operator, SERVICEBLUEPRINT_LOG_LEVEL="loud")
    assert done.returncode == 2 and "SERVICEBLUEPRINT_LOG_LEVEL" in done.stderr
    file = tmp_path / "config.yaml"
    file.write_text("logLevl: debug\n")
    done = run(operator, "--config", str(file))
    assert done.returncode == 2 and "logLevl" in done.stderr


def test_version_tells_version_commit_and_compiler(operator):
    done = run(operator, "--version")
    assert done.returncode == 0
    assert "0.1.0" in done.stdout
    assert len(done.stdout.split()) >= 3


def test_a_flag_beats_the_environment_and_the_environment_the_file(operator, tmp_path):
    """Seen by the level that is logged."""
    file = tmp_path / "config.yaml"
    file.write_text("logLevel: debug\n")
    operator.terminate()
    start = operator.log_position()
    operator.start("--config", str(file), SERVICEBLUEPRINT_LOG_LEVEL="error")
    operator.terminate()
    assert [one for one in operator.log_since(start) if one["level"] in ("info", "debug")] == []
    start = operator.log_position()
    operator.start("--config", str(file), "--log-level=info", SERVICEBLUEPRINT_LOG_LEVEL="error")
    operator.terminate()
    assert {one["level"] for one in operator.log_since(start)} == {"info"}


def test_without_metrics_and_health_nothing_listens(operator):
    operator.terminate()
    operator.start("--metrics-bind-address=0")
    with pytest.raises(OSError):
        operator.ask("/metrics", operator.metrics_port)
    assert operator.ask("/readyz")[0] == 200
    operator.terminate()
    operator.start()
