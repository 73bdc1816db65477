"""The contract of the ``Table`` port: one suite for every engine.

A subclass gives the fixture ``tables``. Each test has a tenant of its own, so they share a table.
"""

import pytest

from app.charging.ports import Tables
from tests.contracts.table_batches import Batches
from tests.contracts.table_concurrency import Concurrency
from tests.contracts.table_conditions import Conditions
from tests.contracts.table_queries import Queries
from tests.contracts.table_rows import Rows
from tests.contracts.table_scopes import Scopes


@pytest.mark.contracts
class TableContract(Rows, Conditions, Batches, Queries, Concurrency, Scopes):
    """Everything a table does."""

    @pytest.fixture
    def tables(self) -> Tables:
        """The engine under test, with a table that other tests use too."""
        raise NotImplementedError
