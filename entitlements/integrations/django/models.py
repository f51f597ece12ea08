"""The tables of the SQL store as Django models: the same names, columns and meaning.

Times are whole microseconds since 1970 in UTC, NULL is open; amounts are text. They are for reading; what is
written past the store reaches no audit log and no engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models


class ExactField(models.TextField):
    """Text that is compared byte by byte: subjects that differ in case are two."""

    def db_parameters(self, connection: Any) -> Any:
        collation = "C" if connection.vendor == "postgresql" else None  # SQLite does so by itself
        return {**super().db_parameters(connection), "collation": collation}


def _subject() -> Any:
    return models.ForeignKey(
        "Subject", models.DO_NOTHING, db_column="subject", db_index=False, related_name="+"
    )


class Subject(models.Model):
    """What is known of a subject itself."""

    subject = ExactField(primary_key=True)
    revision = models.BigIntegerField(db_default=0)
    time_zone = ExactField(null=True)
    baa_signed_on = models.BigIntegerField(null=True)
    baa_ended_on = models.BigIntegerField(null=True)
    credits = ExactField(db_default="0")
    contacts = ExactField(db_default="{}")

    class Meta:
        db_table = "entitlements_subjects"


class Subscription(models.Model):
    """A period on a plan; at most one is in force at any instant."""

    pk = models.CompositePrimaryKey("subject_id", "place")
    subject = _subject()
    place = models.IntegerField()
    plan = ExactField()
    start_at = models.BigIntegerField(null=True)
    end_at = models.BigIntegerField(null=True)
    cadence = ExactField()
    kind = ExactField()

    class Meta:
        db_table = "entitlements_subscriptions"


class AddOn(models.Model):
    """An add-on to the subscription whose place is `subscription`."""

    pk = models.CompositePrimaryKey("subject_id", "subscription", "place")
    subject = _subject()
    subscription = models.IntegerField()
    place = models.IntegerField()
    add_on = ExactField()
    start_at = models.BigIntegerField(null=True)
    end_at = models.BigIntegerField(null=True)

    class Meta:
        db_table = "entitlements_subscription_add_ons"


class Override(models.Model):
    """An exception."""

    pk = models.CompositePrimaryKey("subject_id", "place")
    subject = _subject()
    place = models.IntegerField()
    kind = ExactField()
    because = ExactField()
    given_by = ExactField()
    start_at = models.BigIntegerField(null=True)
    end_at = models.BigIntegerField(null=True)
    give = ExactField(null=True)
    remove = ExactField(null=True)
    cap = ExactField(null=True)
    set_to = ExactField(null=True)
    at_least = ExactField(null=True)
    support = ExactField(null=True)

    class Meta:
        db_table = "entitlements_overrides"


class Usage(models.Model):
    """How much of a feature or cap was in use when it was measured."""

    pk = models.CompositePrimaryKey("subject_id", "name")
    subject = _subject()
    name = ExactField()
    used = models.BigIntegerField(null=True)
    exempt = models.BigIntegerField()
    examples = ExactField()
    last_used = models.BigIntegerField(null=True)
    measured_at = models.BigIntegerField(null=True)
    unknown = ExactField(null=True)

    class Meta:
        db_table = "entitlements_usage"


# `manage.py flush`, which also ends each TransactionTestCase, empties the tables that Django manages. The log
# only grows, so it stands outside: the migration makes its two tables, and no flush takes the proof of what
# was done. (SQLite is flushed by one DELETE a table, in any order: no trigger could tell it from an edit.)
class Audit(models.Model):
    """A row of the audit log, which the database only lets grow."""

    seq = models.BigIntegerField(primary_key=True)
    subject = ExactField()
    revision = models.BigIntegerField()
    what = ExactField()
    done_by = ExactField()
    because = ExactField(null=True)
    done_at = models.BigIntegerField()
    before = ExactField(null=True)
    after = ExactField()
    previous = ExactField()
    hash = ExactField()

    class Meta:
        managed = False
        db_table = "entitlements_audit"
        indexes = (models.Index(fields=["subject", "seq"], name="entitlements_audit_of_subject"),)


class AuditHead(models.Model):
    """Number and hash of the last row of the audit log: the one row that each change locks."""

    id = models.SmallIntegerField(primary_key=True)
    seq = models.BigIntegerField()
    hash = ExactField()

    class Meta:
        managed = False
        db_table = "entitlements_audit_head"
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="entitlements_one_audit_head"),)


#: The models of the parts of a record, as `source/rows.py` calls them; a parent before its children.
OF_RECORD: Mapping[str, Any] = {
    "subjects": Subject,
    "subscriptions": Subscription,
    "add_ons": AddOn,
    "overrides": Override,
    "usage": Usage,
}


def columns(model: Any) -> list[str]:
    """The columns of `model` as attributes of its objects, in the order in which rows hold them."""
    return [field.attname for field in model._meta.concrete_fields]  # noqa: SLF001  Django documents it
