"""The first tables, the row that counts the audit log, and the triggers of the SQL store."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

from entitlements.integrations.django.models import ExactField
from entitlements.source.audit import NO_HASH
from entitlements.source.triggers import TRIGGERS


def begin_the_log(apps: Any, schema_editor: Any) -> None:
    """Put in the one row that each change locks."""
    heads = apps.get_model("entitlements", "AuditHead").objects.using(schema_editor.connection.alias)
    heads.create(id=1, seq=0, hash=NO_HASH)


def make_triggers(_: Any, schema_editor: Any) -> None:
    """Have the database itself refuse overlaps and edits of the log."""
    for statement in TRIGGERS[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    """Make all of it."""

    initial = True

    dependencies = ()

    operations = (
        migrations.CreateModel(
            name="Subject",
            fields=[
                ("subject", ExactField(primary_key=True, serialize=False)),
                ("revision", models.BigIntegerField(db_default=0)),
                ("time_zone", ExactField(null=True)),
                ("baa_signed_on", models.BigIntegerField(null=True)),
                ("baa_ended_on", models.BigIntegerField(null=True)),
                ("credits", ExactField(db_default="0")),
                ("contacts", ExactField(db_default="{}")),
            ],
            options={
                "db_table": "entitlements_subjects",
            },
        ),
        migrations.CreateModel(
            name="Audit",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                ("subject", ExactField()),
                ("revision", models.BigIntegerField()),
                ("what", ExactField()),
                ("done_by", ExactField()),
                ("because", ExactField(null=True)),
                ("done_at", models.BigIntegerField()),
                ("before", ExactField(null=True)),
                ("after", ExactField()),
                ("previous", ExactField()),
                ("hash", ExactField()),
            ],
            options={
                "db_table": "entitlements_audit",
                "indexes": [models.Index(fields=["subject", "seq"], name="entitlements_audit_of_subject")],
            },
        ),
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField()),
                ("hash", ExactField()),
            ],
            options={
                "db_table": "entitlements_audit_head",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="entitlements_one_audit_head")
                ],
            },
        ),
        migrations.CreateModel(
            name="Override",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subject_id", "place", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("place", models.IntegerField()),
                ("kind", ExactField()),
                ("because", ExactField()),
                ("given_by", ExactField()),
                ("start_at", models.BigIntegerField(null=True)),
                ("end_at", models.BigIntegerField(null=True)),
                ("give", ExactField(null=True)),
                ("remove", ExactField(null=True)),
                ("cap", ExactField(null=True)),
                ("set_to", ExactField(null=True)),
                ("at_least", ExactField(null=True)),
                ("support", ExactField(null=True)),
                (
                    "subject",
                    models.ForeignKey(
                        db_column="subject",
                        db_index=False,
                        on_delete=models.DO_NOTHING,
                        related_name="+",
                        to="entitlements.subject",
                    ),
                ),
            ],
            options={
                "db_table": "entitlements_overrides",
            },
        ),
        migrations.CreateModel(
            name="AddOn",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subject_id",
                        "subscription",
                        "place",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("subscription", models.IntegerField()),
                ("place", models.IntegerField()),
                ("add_on", ExactField()),
                ("start_at", models.BigIntegerField(null=True)),
                ("end_at", models.BigIntegerField(null=True)),
                (
                    "subject",
                    models.ForeignKey(
                        db_column="subject",
                        db_index=False,
                        on_delete=models.DO_NOTHING,
                        related_name="+",
                        to="entitlements.subject",
                    ),
                ),
            ],
            options={
                "db_table": "entitlements_subscription_add_ons",
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subject_id", "place", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("place", models.IntegerField()),
                ("plan", ExactField()),
                ("start_at", models.BigIntegerField(null=True)),
                ("end_at", models.BigIntegerField(null=True)),
                ("cadence", ExactField()),
                ("kind", ExactField()),
                (
                    "subject",
                    models.ForeignKey(
                        db_column="subject",
                        db_index=False,
                        on_delete=models.DO_NOTHING,
                        related_name="+",
                        to="entitlements.subject",
                    ),
                ),
            ],
            options={
                "db_table": "entitlements_subscriptions",
            },
        ),
        migrations.CreateModel(
            name="Usage",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subject_id", "name", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", ExactField()),
                ("used", models.BigIntegerField(null=True)),
                ("exempt", models.BigIntegerField()),
                ("examples", ExactField()),
                ("last_used", models.BigIntegerField(null=True)),
                ("measured_at", models.BigIntegerField(null=True)),
                ("unknown", ExactField(null=True)),
                (
                    "subject",
                    models.ForeignKey(
                        db_column="subject",
                        db_index=False,
                        on_delete=models.DO_NOTHING,
                        related_name="+",
                        to="entitlements.subject",
                    ),
                ),
            ],
            options={
                "db_table": "entitlements_usage",
            },
        ),
        migrations.RunPython(begin_the_log),
        migrations.RunPython(make_triggers),
        migrations.AlterModelOptions("Audit", {"managed": False}),
        migrations.AlterModelOptions("AuditHead", {"managed": False}),
    )
