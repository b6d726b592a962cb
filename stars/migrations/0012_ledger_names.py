import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# docs/decisions/0028-what-the-ledger-names.md
NAMED = {"filing": ("filing_id", "stars_filing"), "post": ("post_id", "governance_post"), "user": ("by_id", "governance_user")}
TABLES = [
    (f"CREATE TABLE stars_ledger_{name} (id bigint PRIMARY KEY REFERENCES {table})", f"DROP TABLE stars_ledger_{name}")
    for name, (_column, table) in NAMED.items()
]


def put(source):
    """In order: of two that write at once one waits for the other."""
    return "".join(
        f"INSERT INTO stars_ledger_{name} SELECT DISTINCT {column} FROM {source} WHERE {column} IS NOT NULL ORDER BY 1 ON CONFLICT DO NOTHING;"
        for name, (column, _table) in NAMED.items()
    )


# with its owner's rights: the application may not write these tables, nor put others of their names before them
TRIGGER = (
    f"""
    CREATE FUNCTION stars_ledger_names() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
        AS $$ BEGIN {put('added')} RETURN NULL; END $$;
    CREATE TRIGGER names AFTER INSERT ON stars_assessmentchange
        REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION stars_ledger_names();
    {put('stars_assessmentchange')}
    """,
    "DROP TRIGGER names ON stars_assessmentchange; DROP FUNCTION stars_ledger_names()",
)


class Migration(migrations.Migration):

    dependencies = [
        ('stars', '0011_form_minutes'),
    ]

    operations = [
        *(migrations.RunSQL(*sql) for sql in [*TABLES, TRIGGER]),
        migrations.AlterField(
            model_name='assessmentchange',
            name='filing',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='stars.filing', verbose_name='filing'),
        ),
        migrations.AlterField(
            model_name='assessmentchange',
            name='post',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='governance.post', verbose_name='post'),
        ),
        migrations.AlterField(
            model_name='assessmentchange',
            name='by',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
    ]
