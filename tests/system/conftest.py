"""What every system test gets: a server of its own, and a limit of time."""

import resource
import signal

import pytest

from confab_server import MODES, Process, Server
from deadline import TIME_FACTOR

TEST_S = 30


def pytest_addoption(parser):
    parser.addoption(
        "--modes",
        default=",".join(MODES),
        help="comma-separated: how the server is threaded (workers); default: %(default)s",
    )


    parser.addoption(
        "--crash-rounds",
        type=int,
        default=4,
        help="how often the server is killed under load; default: %(default)s",
    )
    parser.addoption(
        "--over-tls",
        action="store_true",
        help="IRC clients of the tests speak TLS, unless a test says where to connect",
    )


def pytest_configure(config):
    Server.is_over_tls = config.getoption("--over-tls")
    unknown = set(config.getoption("--modes").split(",")) - set(MODES)
    if unknown:
        raise pytest.UsageError(f"--modes knows {', '.join(MODES)}, not {', '.join(unknown)}")
    # Tests with thousands of clients need as many files as the system gives.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def pytest_generate_tests(metafunc):
    if "mode" in metafunc.fixturenames:
        metafunc.parametrize("mode", metafunc.config.getoption("--modes").split(","))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    """No test hangs: after its time it fails where it is, and is cleaned up."""
    marker = item.get_closest_marker("seconds")
    seconds = (marker.args[0] if marker else TEST_S) * TIME_FACTOR

    def give_up(number, frame):
        raise TimeoutError(f"the test takes longer than {seconds:g} s")

    previous = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, previous)


@pytest.fixture
def start_server(tmp_path):
    """
    Starts servers: start_server(mode, {"limits": {...}}, arguments=["--console"]). When the test is
    over each must stop as it should.
    """
    servers = []

    def start(mode="1", config=None, is_listening=True, **options):
        directory = tmp_path / f"server{len(servers)}"
        directory.mkdir()
        server = Server(directory, mode, config, **options)
        servers.append(server)
        if is_listening:
            server.wait_until_listening()
        return server

    yield start
    try:
        for server in servers:
            server.stop()
    finally:
        for server in servers:
            server.discard()


@pytest.fixture
def config(request):
    """What a test adds to the configuration: @pytest.mark.parametrize("config", [...])."""
    return getattr(request, "param", {})


@pytest.fixture
def server(start_server, mode, config):
    """A server in each of the worker modes."""
    return start_server(mode, config)


@pytest.fixture
def run_confab(tmp_path):
    """Runs `confab` with arguments to its end: run_confab("passwd", typed="secret")."""
    processes = []

    def run(*arguments, typed=None, cwd=None, seconds=10):
        process = Process(list(arguments), cwd or tmp_path, has_input=typed is not None)
        processes.append(process)
        if typed is not None:
            process.type(typed)
        process.status_code = process.wait(seconds)
        process.check_reports()
        return process

    yield run
    for process in processes:
        process.discard()
