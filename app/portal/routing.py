"""Routers that are made for one application."""

from typing import Any, Self

from litestar import Router


class OwnRouter(Router):
    """A router that is put in one place alone, and so is not copied when it is put there.

    Litestar copies a router with every handler in it wherever it is mounted, lest two owners share
    it. Ours lie in each other and are made anew for each application: half of a start went there.
    """

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        return self
