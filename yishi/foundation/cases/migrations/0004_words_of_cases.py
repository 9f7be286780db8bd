"""The pairs of characters that cases are found by, and the words of the cases there are."""

from django.db import migrations

# Every character with the one after it; the last one stands alone. The cost (ten microseconds, in
# the planner's unit) keeps PostgreSQL from computing it row by row where the index answers.
FUNCTION = """
CREATE FUNCTION cases_grams(words text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
  SELECT coalesce(pg_catalog.array_to_tsvector(pg_catalog.array_agg(first || coalesce(second, ''))),
                  ''::pg_catalog.tsvector)
    FROM ROWS FROM (
      pg_catalog.unnest(pg_catalog.string_to_array(words, NULL)),
      pg_catalog.unnest((pg_catalog.string_to_array(words, NULL))[2:])
    ) AS pairs(first, second)
$$
"""
# What is written waits in a short list that searches read too: kept short, so that they stay quick.
INDEX = """
CREATE INDEX words_grams ON cases_casewords USING gin (cases_grams(words))
  WITH (gin_pending_list_limit = 512)
"""
FILL = """
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO cases_casewords (case_id, part, words)
  SELECT id, 'subject', lower(subject) FROM cases_case ORDER BY id;
SET CONSTRAINTS ALL DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_found_by_words")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION cases_grams(text)"),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(INDEX, "DROP INDEX words_grams"),
    ]
