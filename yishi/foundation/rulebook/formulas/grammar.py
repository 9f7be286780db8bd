"""Text to sqlglot's tree, with every function of SQL unlearned: we look at what is called."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from yishi.foundation.rulebook.errors import RuleError

MOST_CHARACTERS = 2_000
MOST_OPEN = 30


def refuse(message: str, column: int = 0, code: str = "invalid") -> RuleError:
    """The error for a place in a formula (columns count from 1; 0: the whole of it)."""
    return RuleError("formula", f"第 {column} 列：{message}" if column else message, code)


def _dialect() -> Any:
    from sqlglot.dialects.dialect import Dialect
    from sqlglot.parser import Parser as Base
    from sqlglot.tokens import Tokenizer as BaseTokenizer

    class Formulas(Dialect):
        """SQL expressions in which every function is only a name with arguments."""

        class Tokenizer(BaseTokenizer):
            KEYWORDS = {word: t for word, t in BaseTokenizer.KEYWORDS.items() if word != "DIV"}

        class Parser(Base):
            FUNCTIONS: ClassVar[dict[str, Any]] = {}
            FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {}
            NO_PAREN_FUNCTIONS: ClassVar[dict[Any, Any]] = {}
            NO_PAREN_FUNCTION_PARSERS = {"CASE": Base.NO_PAREN_FUNCTION_PARSERS["CASE"]}

    return Formulas


_made: list[Any] = []


def read(text: str) -> Any:
    """The one expression that *text* is.

    Raises:
        RuleError: with the column, for what is no expression.
    """
    from sqlglot import parse
    from sqlglot.errors import SqlglotError

    if not isinstance(text, str) or not text.strip():
        raise refuse("公式为空", code="required")
    if len(text) > MOST_CHARACTERS:
        raise refuse(f"公式超过 {MOST_CHARACTERS} 个字符")
    _refuse_depth(text)
    if not _made:
        _made.append(_dialect())
    logger = logging.getLogger("sqlglot")
    before, logger.disabled = logger.disabled, True
    try:
        found = parse(text, read=_made[0])
    except SqlglotError as error:
        places = getattr(error, "errors", None) or [{}]
        raise refuse("不是公式：语法错误", places[0].get("col") or 0) from None
    except RecursionError:
        raise refuse("公式嵌套过深") from None
    finally:
        logger.disabled = before
    if len(found) != 1 or found[0] is None:
        raise refuse("只能是一个表达式")
    return found[0]


def _refuse_depth(text: str) -> None:
    """Refuse deep nesting before anything recurses into it."""
    depth, words = 0, 0
    for place, letter in enumerate(text, 1):
        depth += (letter == "(") - (letter == ")")
        if depth > MOST_OPEN:
            raise refuse("括号嵌套过深", place)
        if letter in "[]{}@?$;\\`#\x00":
            raise refuse(f"公式里没有 {letter!r}", place)
    words = sum(1 for word in text.upper().split() if word in ("CASE", "NOT"))
    if words > MOST_OPEN:
        raise refuse("公式嵌套过深")


def column_of(node: Any) -> int:
    """Where in the text *node* begins (1 is the first character); 0 where it is not known."""
    starts = [one.meta["start"] for one in node.walk() if "start" in one.meta]
    return min(starts) + 1 if starts else 0
