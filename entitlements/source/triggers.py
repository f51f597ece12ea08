"""What the database itself refuses, whoever writes: overlapping subscriptions, edits of the audit log.

Migrations that were released make these; what comes later is a new name beside them.
"""

from __future__ import annotations

from collections.abc import Mapping

OVERLAP = "two subscriptions would be in force at the same time"
APPEND_ONLY = "the audit log is only appended to"

# A period without a start or an end is open; one that ends where it starts is never in force.
_RUNS = "({0}.start_at IS NULL OR {0}.end_at IS NULL OR {0}.start_at < {0}.end_at)"
_OVERLAPS = f"""
    SELECT 1 FROM entitlements_subscriptions AS other
    WHERE other.subject = NEW.subject AND other.place <> NEW.place
      AND {_RUNS.format("other")} AND {_RUNS.format("NEW")}
      AND (other.start_at IS NULL OR NEW.end_at IS NULL OR other.start_at < NEW.end_at)
      AND (NEW.start_at IS NULL OR other.end_at IS NULL OR NEW.start_at < other.end_at)"""

#: Finds the subjects for whom the triggers were got round.
OVERLAPPING = f"""
SELECT DISTINCT NEW.subject FROM entitlements_subscriptions AS NEW WHERE EXISTS ({_OVERLAPS}) ORDER BY 1"""

_SQLITE = (
    *(
        f"""
CREATE TRIGGER entitlements_no_overlap_on_{event.lower()} BEFORE {event} ON entitlements_subscriptions
WHEN EXISTS ({_OVERLAPS})
BEGIN SELECT RAISE(ABORT, '{OVERLAP}'); END"""
        for event in ("INSERT", "UPDATE")
    ),
    *(
        f"""
CREATE TRIGGER entitlements_audit_takes_no_{event.lower()} BEFORE {event} ON entitlements_audit
BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END"""
        for event in ("UPDATE", "DELETE")
    ),
    # INSERT OR REPLACE deletes without a word to the trigger above.
    f"""
CREATE TRIGGER entitlements_audit_takes_only_the_next BEFORE INSERT ON entitlements_audit
WHEN NEW.seq IS NOT (SELECT seq + 1 FROM entitlements_audit_head)
BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END""",
)

_POSTGRESQL = (
    # The lock makes two writers of one subject wait for each other, also those that come round the store;
    # the SELECT after it sees what the first one has committed.
    f"""
CREATE FUNCTION entitlements_no_overlap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM entitlements_subjects WHERE subject = NEW.subject FOR UPDATE;
    IF EXISTS ({_OVERLAPS}) THEN
        RAISE EXCEPTION '{OVERLAP}' USING ERRCODE = 'exclusion_violation';
    END IF;
    RETURN NEW;
END $$""",
    """
CREATE TRIGGER entitlements_no_overlap BEFORE INSERT OR UPDATE ON entitlements_subscriptions
FOR EACH ROW EXECUTE FUNCTION entitlements_no_overlap()""",
    f"""
CREATE FUNCTION entitlements_audit_is_only_appended_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{APPEND_ONLY}' USING ERRCODE = 'insufficient_privilege';
END $$""",
    """
CREATE TRIGGER entitlements_audit_is_only_appended_to
BEFORE UPDATE OR DELETE OR TRUNCATE ON entitlements_audit
FOR EACH STATEMENT EXECUTE FUNCTION entitlements_audit_is_only_appended_to()""",
)

#: Kind of database → the statements that make its triggers, once the tables are there.
TRIGGERS: Mapping[str, tuple[str, ...]] = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}
