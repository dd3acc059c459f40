"""`confab bench` in its shortest form: that it works and that deliveries are right; never a time."""

import json
import os

import pytest

SMALL = ["--quiet", "--json", "--seconds", "0.3"]


@pytest.fixture
def run_bench(run_confab):
    def run(*arguments, seconds=60):
        process = run_confab("bench", *arguments, *SMALL, seconds=seconds)
        assert process.status_code == 0, process.stderr.text()
        return [json.loads(line) for line in process.stdout.text().splitlines()]

    return run


def check_right(result):
    assert result["faults"] == 0
    assert result["closed"] == 0


@pytest.mark.parametrize(
    "scenario",
    [
        ["fanout", "--members", "20", "--senders", "5"],
        ["fanout", "--members", "20", "--rate", "200", "--caps", "server-time message-tags"],
        ["direct", "--pairs", "5"],
        ["churn", "--members", "5", "--visitors", "3"],
        ["slow", "--members", "20", "--slow", "3"],
        ["flood", "--members", "10", "--hostile", "5"],
        ["flood", "--members", "10", "--crowd", "200"],
        ["echo", "--members", "10", "--senders", "3"],
    ],
    ids=lambda arguments: "-".join(arguments).replace("--", ""),
)
def test_every_delivery_of_a_scenario_is_right(run_bench, scenario):
    (result,) = run_bench(*scenario, "--servers", "confab:2")
    check_right(result)
    assert result["delivered"] > 0
    assert result["sent"] > 0 or scenario[0] == "churn"
    if scenario[0] == "churn":
        assert result["visits"] > 0


@pytest.mark.parametrize("workers", ["1", "per-client"])
def test_every_model_of_workers_can_be_measured(run_bench, workers):
    (result,) = run_bench("fanout", "--members", "20", "--servers", f"confab:{workers}")
    check_right(result)
    assert result["lock_share"] > 0


def test_idle_clients_are_counted(run_bench):
    (result,) = run_bench("idle", "--clients", "50", "--servers", "confab:1")
    assert result["clients"] == 50
    assert result["registrations_per_second"] > 0
    assert result["private_bytes_per_client"] > 0


def test_the_floor_delivers_as_well(run_bench):
    for scenario in (["fanout", "--members", "20"], ["direct", "--pairs", "3"],
                     ["churn", "--members", "5"], ["echo", "--members", "10"]):
        (result,) = run_bench("floor", *scenario)
        check_right(result)
        assert result["delivered"] > 0


def test_a_running_server_can_be_measured(server, run_bench):
    results = run_bench("fanout", "--members", "4", "--senders", "2", "--rate", "5",
                        "--target", f"127.0.0.1:{server.irc[1]}", "--pid", str(server.pid))
    check_right(results[0])
    assert results[0]["server_cpu_ns"] > 0


def test_compare_gives_ratios(run_confab):
    process = run_confab("bench", "compare", "fanout", "--members", "10", "--repeat", "2", "--quiet",
                         "--seconds", "0.2", "--servers", "confab,floor", seconds=60)
    assert process.status_code == 0, process.stderr.text()
    assert "as multiples of confab" in process.stdout.text()
    assert process.stdout.text().count("1.00x") >= 3


def test_models_are_compared(run_confab):
    process = run_confab("bench", "models", "--sizes", "10,20", "--seconds", "0.2", "--quiet",
                         seconds=60)
    assert process.status_code == 0, process.stderr.text()
    rows = [line.split()[1] for line in process.stdout.text().splitlines()
            if len(line.split()) > 1 and line.split()[0] in ("10", "20")]
    for workers in ("1", "1:epoll", "2", "2:epoll", "per-client"):
        assert rows.count(f"confab:{workers}") == 2
    assert "cluster" in process.stdout.text()


def test_others_are_left_in_peace(run_confab):
    process = run_confab("bench", "fanout", "--target", "192.0.2.1:6667")
    assert process.status_code == 2
    assert "--allow-remote" in process.stderr.text()


def test_a_picture_without_gnuplot_is_a_clear_error(run_confab, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    process = run_confab("bench", "fanout", "--members", "10", "--plot", str(tmp_path / "a.svg"))
    assert process.status_code == 1
    assert "apt-get install gnuplot-nox" in process.stderr.text()


def test_a_picture_is_drawn(run_confab, monkeypatch, tmp_path):
    """By something that takes gnuplot's place and keeps the script that it gets."""
    stand_in = tmp_path / "gnuplot"
    stand_in.write_text(f"#!/bin/sh\nexec /bin/cat >>{tmp_path}/script\n")
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path) + os.pathsep + os.environ["PATH"])
    process = run_confab("bench", "fanout", "--members", "10", "--seconds", "0.2", "--quiet",
                         "--servers", "confab,floor", "--plot", "out.svg", seconds=60)
    assert process.status_code == 0, process.stderr.text()
    script = (tmp_path / "script").read_text()
    assert "set output 'out.svg'" in script
    assert '"confab"' in script
    assert '"floor"' in script


def test_a_server_that_does_not_start_is_named(run_confab):
    process = run_confab("bench", "fanout", "--servers", "nothing", "--members", "10")
    assert process.status_code == 1
    assert "unknown server nothing" in process.stderr.text()


def test_what_is_stored_is_compared_with_a_bare_loop(run_confab):
    process = run_confab("bench", "store", "--seconds", "1", "--repeat", "1", "--inflight", "200", seconds=60)
    assert process.status_code == 0, process.stderr.text()
    lines = process.stdout.text().splitlines()
    assert lines[0].split() == ["run", "stored/s", "in", "a", "commit", "bare", "loop/s", "ratio"]
    assert all(float(word) > 0 for word in lines[1].split())
    assert lines[2].startswith("ratio: ")
    assert "bytes a message of 80 bytes of text" in lines[3]


def test_many_messages_are_paged_and_searched(run_confab):
    process = run_confab("bench", "history", "--messages", "4000", "--channels", "10", "--pages", "20", "--search",
                         seconds=60)
    assert process.status_code == 0, process.stderr.text()
    said = process.stdout.text()
    for what in ("start with all messages", "a page of 100 messages", "TARGETS", "SEARCH for a rare word"):
        assert what in said, said


def test_echoes_are_timed_while_messages_are_erased(run_confab):
    process = run_confab("bench", "erase", "--messages", "3000", "--channels", "10", "--seconds", "1",
                         seconds=60)
    assert process.status_code == 0, process.stderr.text()
    rows = [line.split() for line in process.stdout.text().splitlines()[2:]]
    assert [row[0] for row in rows] == ["before", "meanwhile", "after"]
    assert all(0 < float(row[3]) <= float(row[6]) for row in rows), rows


def test_store_and_history_refuse_what_makes_no_sense(run_confab):
    assert run_confab("bench", "store", "--bytes", "0").status_code == 2
    assert run_confab("bench", "store", "more").status_code == 2
    assert run_confab("bench", "store", "--server", "nothing").status_code == 1
    assert run_confab("bench", "history", "--messages", "1000", "--channels", "100").status_code == 2
    assert run_confab("bench", "erase", "--rate", "0").status_code == 2
    assert "--pages" in run_confab("bench", "history", "--help").stdout.text()
