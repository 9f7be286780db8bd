"""Finding cases by words: any text of one or more characters, Chinese without word breaks.

What a case is found by stands in `CaseWords`, in lower case. An index holds every pair of
neighbouring characters (database function ``cases_grams``), because two characters are what people
type. A text of two characters is one pair; a longer one is looked up by pairs that cover it, and
what they find is compared with the whole text. The answer is exactly that of a comparison with
every row (``text in words``).
"""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL

from yishi.foundation.cases.models import CaseWords

SUBJECT = "subject"
Row = tuple[type[CaseWords], dict[str, Any]]


def fold(text: str) -> str:
    """*text* as it is stored and compared."""
    return text.lower()


def words_row(case_id: int, part: str, text: str) -> Row:
    """A row of words of a case, for one commit."""
    return CaseWords, {"case_id": case_id, "part": part, "words": fold(text)}


def pairs_query(text: str) -> str:
    """A ``tsquery`` of pairs that cover *text*; a single character begins a pair or ends a text.

    Every second pair is enough, and keeps the planner's guess of how many rows match near the
    truth: it takes pairs for independent, which neighbours are not.
    """
    if len(text) == 1:
        return f"{_quoted(text)}:*"
    pairs = dict.fromkeys(text[place : place + 2] for place in range(0, len(text) - 1, 2))
    pairs[text[-2:]] = None
    return " & ".join(_quoted(pair) for pair in pairs)


def _quoted(gram: str) -> str:
    doubled = gram.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


def containing(text: str, case: str = "id") -> Q:
    """The condition that words of a case contain *text* (not empty); *case* is its id's column.

    The ids come from a subquery that is not narrowed: the list that it stands in is.
    """
    wanted = fold(text)
    # The comparison is cheap and is made first where rows come one by one; the pairs find them
    # where the index does. A comparison by LIKE would be taken for much rarer than it is.
    found = RawSQL(
        "(cases_grams(words) @@ %s::tsquery AND strpos(words, %s) > 0)",
        [pairs_query(wanted), wanted],
        output_field=BooleanField(),
    )
    ids = CaseWords.objects.unscoped("the list that asks is narrowed").filter(found)
    return Q(**{f"{case}__in": ids.values("case_id")})
