"""What every test has: loopback only, and the run's real servers on demand."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import settings

from tests.support import browser, loopback_guard, servers
from tests.support.lnbits import LnbitsNode

loopback_guard.install()
# Whole applications are made for a test and forgotten: looking for that garbage every few tests
# takes longer than making them.
gc.set_threshold(20_000, 5, 100)

# The same examples in every run, so that a run that fails tells of a change. `make properties`
# looks for new ones; what it finds becomes a test of its own.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", max_examples=2_000, deadline=None, print_blob=True)
settings.load_profile("same")

# No test may find credentials, a region or settings that the machine happens to have.
for name in [key for key in os.environ if key.startswith(("AWS_", "STROM_"))]:
    if name not in (servers.RUN_FOLDER, servers.OWNER):
        del os.environ[name]
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="eu-central-1",
    AWS_EC2_METADATA_DISABLED="true",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
)


def _is_controller(config: pytest.Config) -> bool:
    return not hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    if _is_controller(config):
        servers.open_run()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    if _is_controller(config):
        servers.close_run()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests say they have covered: their property ``summary``, also of those that failed."""
    ended = terminalreporter.getreports
    reports = [*ended("passed"), *ended("failed")]
    lines = [
        f"{report.nodeid.rpartition('::')[2]}: {line}"
        for report in reports
        for name, line in report.user_properties
        if name == "summary" and report.when == "call"
    ]
    if lines:
        terminalreporter.section("covered")
        terminalreporter.write("\n".join(lines) + "\n")


def _shared(name: str) -> servers.Server:
    try:
        return servers.shared(name)
    except servers.MissingPartError as reason:
        # What `make setup-test` always can make must not be skipped unnoticed.
        if name == "dynamodb-local":
            pytest.skip(str(reason))
        pytest.fail(str(reason), pytrace=False)


@pytest.fixture(scope="session")
def lnbits() -> LnbitsNode:
    """The run's real LNbits (FakeWallet behind it), shared: take wallets of your own."""
    return LnbitsNode(_shared("lnbits").url)


@pytest.fixture(scope="session")
def ministack_endpoint() -> str:
    """The run's ministack (DynamoDB, SQS, KMS, ...), shared: take names of your own."""
    return _shared("ministack").url


@pytest.fixture(scope="session")
def dynamodb_local_endpoint() -> str:
    """The run's DynamoDB Local, shared: take table names of your own."""
    return _shared("dynamodb-local").url


@pytest.fixture(scope="session")
def chromium_path() -> str:
    try:
        return browser.find_chromium()
    except servers.MissingPartError as reason:
        pytest.skip(str(reason))
