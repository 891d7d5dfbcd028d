"""What several ask for at the same time is made once, by one of them for all."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Sharing(Generic[T]):
    """What is being made, by what was asked. Nothing is remembered once it is there."""

    def __init__(self) -> None:
        self._making: dict[Hashable, asyncio.Future[T]] = {}

    def __len__(self) -> int:
        """How much is being made."""
        return len(self._making)

    async def shared(self, asked: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """What `make` gives to whoever asked first; where that one leaves before it is done, another one goes on."""
        while making := self._making.get(asked):
            await asyncio.wait([making])
            if not making.cancelled():
                return making.result()
        mine = self._making[asked] = asyncio.get_running_loop().create_future()
        try:
            made = await make()
        except Exception as error:
            mine.set_exception(error)
            mine.exception()  # looked at, so that one nobody waits for is no complaint
            raise
        else:
            mine.set_result(made)
            return made
        finally:
            mine.cancel()  # does nothing to one that is done
            del self._making[asked]
