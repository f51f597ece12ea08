"""Forks wait for blocks that must not be cut in two, but not for ever."""

from __future__ import annotations

import threading

from entitlements.fork_safety import ForkGate


def test_a_fork_waits_for_whoever_is_inside_and_then_prepares() -> None:
    told: list[str] = []
    gate = ForkGate(lambda: told.append("prepared"), patience=30)
    entered, leave = threading.Event(), threading.Event()

    def stay() -> None:
        with gate.inside():
            entered.set()
            leave.wait(timeout=30)
            told.append("left")

    inside = threading.Thread(target=stay)
    inside.start()
    entered.wait(timeout=30)
    forking = threading.Thread(target=gate.close)
    forking.start()
    leave.set()
    forking.join(timeout=30)
    inside.join(timeout=30)
    assert told == ["left", "prepared"]


def test_nobody_comes_in_while_a_fork_is_under_way() -> None:
    gate = ForkGate(lambda: None)
    gate.close()
    came_in = threading.Event()

    def enter() -> None:
        with gate.inside():
            came_in.set()

    thread = threading.Thread(target=enter)
    thread.start()
    assert not came_in.wait(timeout=0.05)
    gate.open()
    assert came_in.wait(timeout=30)
    thread.join()


def test_a_fork_from_inside_goes_on_in_parent_and_child() -> None:
    told: list[str] = []
    gate = ForkGate(lambda: told.append("prepared"), patience=0.01)
    with gate.inside():
        gate.close()
        assert told == ["prepared"]
        gate.after_fork()  # as the child does
    with gate.inside():
        gate.open()
    gate.close()
    assert told == ["prepared", "prepared"]
