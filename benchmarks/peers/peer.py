"""What an adapter gives: a way to ask one library whether a subject may use a feature."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Ask = Callable[[str, str], object]


@dataclass(frozen=True)
class Peer:
    """One library in its quickest documented offline mode."""

    #: Its name on the package index.
    package: str
    #: What is asked, in the library's own words.
    how: str
    #: Sets it up for the plans with their features and the plan of each subject; gives the call to time.
    prepare: Callable[[Mapping[str, frozenset[str]], Mapping[str, str]], Ask]

    @property
    def version(self) -> str:
        try:
            return importlib.metadata.version(self.package)
        except importlib.metadata.PackageNotFoundError:
            return "not installed"
