"""Somebody asks Strom until there is an answer."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.bootstrap.composition import Strom
from app.charging.errors import BadInput, Conflict, StorageError, StromError, Unavailable
from app.checkout.service import Checkout
from tests.simulation.process import Lost
from tests.simulation.town import AskStrom, GivenUp

T = TypeVar("T")
PATIENCE_S = 40.0


class Asking:
    """Patience of one person."""

    def __init__(self, dice: random.Random, ask: AskStrom) -> None:
        self.dice = dice
        self.once = ask

    async def checkout(self, work: Callable[[Checkout], Awaitable[T]], *, tries: int = 5) -> T:
        """Ask what drivers may ask."""
        return await self.strom(lambda strom: work(strom.checkout), tries=tries)

    async def strom(self, work: Callable[[Strom], Awaitable[T]], *, tries: int = 5) -> T:
        """Ask until there is an answer; what the answer says is the asker's affair."""
        reason = ""
        for _ in range(tries):
            try:
                return await self.once(work, PATIENCE_S)
            except (Lost, Unavailable, StorageError, Conflict) as error:
                reason = f"{type(error).__name__}: {error}"
                if isinstance(error, Conflict) and tries < 8:
                    raise
            except BadInput:
                raise
            except StromError as error:
                raise GivenUp(str(error)) from error
            await asyncio.sleep(self.dice.uniform(1, 25))
        raise GivenUp(reason)
