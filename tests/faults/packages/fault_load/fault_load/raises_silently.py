"""Raises, when it is imported, what raises when it is asked what it says."""

from typing import NoReturn


class Silent(Exception):
    """As the module says."""

    def __str__(self) -> NoReturn:
        raise ValueError

    __repr__ = __str__


raise Silent
