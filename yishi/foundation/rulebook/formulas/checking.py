"""sqlglot's tree to the typed tree: the allow-list, and the types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp

from yishi.foundation.rulebook.facts import TYPE_NAMES, Fact, FactType
from yishi.foundation.rulebook.formulas.grammar import column_of, refuse
from yishi.foundation.rulebook.formulas.literals import day_literal, literal
from yishi.foundation.rulebook.formulas.nodes import (
    HIGH,
    LOW,
    MOST_PLACES,
    MOST_SHIFT,
    Among,
    Binary,
    Case,
    Const,
    Div,
    Logic,
    Name,
    Node,
    Pick,
    Raised,
    TextTest,
    Today,
    Unary,
)
from yishi.foundation.rulebook.rules import ParameterDeclaration

NUMBERS = (FactType.INT, FactType.DECIMAL, FactType.MONEY)
#: Deeper trees would come near Python's limit when they are walked.
MOST_DEEP = 200
_COMPARE: dict[type, str] = {
    exp.EQ: "eq",
    exp.NEQ: "ne",
    exp.LT: "lt",
    exp.LTE: "le",
    exp.GT: "gt",
    exp.GTE: "ge",
}
_SWALLOWS = frozenset(
    [
        "coalesce",
        "ifnull",
        "nvl",
        "nullif",
        "isnull",
        "zeroifnull",
        "nvl2",
        "concat",
        "sum",
        "count",
        "avg",
        "min",
        "max",
        "total",
    ]
)


class Checker:
    """Types one formula; ``used`` collects the declarations of what it names."""

    def __init__(
        self, facts: Mapping[str, Fact], parameters: Mapping[str, ParameterDeclaration]
    ) -> None:
        self.facts, self.parameters = facts, parameters
        self.depth = 0
        self.used_facts: dict[str, Fact] = {}
        self.used_parameters: dict[str, ParameterDeclaration] = {}
        self._read: dict[type, Callable[[Any], Node]] = {
            exp.Paren: lambda tree: self.node(tree.this),
            exp.Column: self._name,
            exp.Literal: literal,
            exp.Boolean: lambda tree: Const(FactType.BOOL, 0, bool(tree.this)),
            exp.Cast: day_literal,
            exp.Neg: self._negative,
            exp.Not: lambda tree: Unary(FactType.BOOL, 0, "not", self._bool(tree.this)),
            exp.And: lambda tree: self._logic("and", tree),
            exp.Or: lambda tree: self._logic("or", tree),
            exp.Add: lambda tree: self._sum("add", tree),
            exp.Sub: lambda tree: self._sum("sub", tree),
            exp.Mul: self._product,
            exp.Between: self._between,
            exp.In: self._among,
            exp.Case: self._case,
            exp.Anonymous: self._call,
        }
        self._calls: dict[str, Callable[[Any, list[Any]], Node]] = {
            "div": self._div,
            "fen": self._fen,
            "round": self._round,
            "decimal": self._decimal,
            "abs": self._abs,
            "least": lambda tree, given: self._pick("least", tree, given),
            "greatest": lambda tree, given: self._pick("greatest", tree, given),
            "year": lambda tree, given: self._of_date("year", tree, given),
            "month": lambda tree, given: self._of_date("month", tree, given),
            "day": lambda tree, given: self._of_date("day", tree, given),
            "date_of": self._date_of,
            "full_months": lambda tree, given: self._span("full_months", tree, given),
            "full_years": lambda tree, given: self._span("full_years", tree, given),
            "today": self._today,
            "starts_with": lambda tree, given: self._text_test(FactType.TEXT, tree, given),
            "contains": lambda tree, given: self._text_test(FactType.SET, tree, given),
        }

    def node(self, tree: Any) -> Node:
        """The typed node of *tree*. Raises RuleError for what is not allowed."""
        self.depth += 1
        if self.depth > MOST_DEEP:
            raise refuse("公式嵌套过深", column_of(tree))
        made = self._node(tree)
        self.depth -= 1
        return made

    def _node(self, tree: Any) -> Node:
        if type(tree) in _COMPARE:
            left, right = self._alike(tree, self.node(tree.this), self.node(tree.expression))
            return self._comparison(_COMPARE[type(tree)], tree, left, right)
        read = self._read.get(type(tree))
        if read is not None:
            return read(tree)
        if isinstance(tree, (exp.Is, exp.Null, exp.NullSafeEQ, exp.NullSafeNEQ)):
            raise refuse("未知不能被判断或替换：不接受 IS、NULL、<=>", column_of(tree), "null")
        if isinstance(tree, (exp.Div, exp.IntDiv, exp.Mod)):
            raise refuse("除法写作 div(被除数, 除数, 小数位)，除数为零时为未知", column_of(tree))
        raise refuse(f"不接受 {type(tree).__name__}", column_of(tree))

    # Names and literals

    def _name(self, tree: Any) -> Node:
        where = column_of(tree)
        if tree.args.get("table") is not None or not isinstance(tree.this, exp.Identifier):
            raise refuse("名称里不能有点", where)
        name = str(tree.this.this)
        fact, parameter = self.facts.get(name), self.parameters.get(name)
        if fact is not None and parameter is not None:
            raise refuse(f"{name} 既是事实又是参数", where)
        if fact is not None:
            self.used_facts[name] = fact
            return Name(fact.type, fact.scale if fact.type is FactType.DECIMAL else 0, name, False)
        if parameter is None:
            raise refuse(f"没有名为 {name} 的事实或参数", where, "unknown")
        if parameter.many:
            raise refuse(f"参数 {name} 是列表，公式里只能用单个值", where, "type")
        self.used_parameters[name] = parameter
        scale = MOST_PLACES // 2 if parameter.type is FactType.DECIMAL else 0
        return Name(parameter.type, scale, name, True)

    # Numbers

    def _number(self, tree: Any) -> Node:
        node = self.node(tree)
        if node.kind not in NUMBERS:
            raise refuse(f"应为数，得到{TYPE_NAMES[node.kind]}", column_of(tree), "type")
        return node

    def _negative(self, tree: Any) -> Node:
        node = self._number(tree.this)
        if isinstance(node, Const):
            return Const(node.kind, node.scale, -node.value, node.whole)
        return Unary(node.kind, node.scale, "neg", node)

    def _abs(self, tree: Any, given: list[Any]) -> Node:
        node = self._number(self._only(tree, given, 1)[0])
        return Unary(node.kind, node.scale, "abs", node)

    def _sum(self, op: str, tree: Any) -> Node:
        left, right = self.node(tree.this), self.node(tree.expression)
        if left.kind is FactType.DATE:
            if op == "sub" and right.kind is FactType.DATE:
                return Binary(FactType.INT, 0, op, left, right)
            if right.kind is FactType.INT:
                return Binary(FactType.DATE, 0, op, left, right)
        if left.kind not in NUMBERS or right.kind not in NUMBERS:
            raise self._mixed(tree, left, right)
        left, right = self._alike(tree, left, right)
        return Binary(left.kind, left.scale, op, left, right)

    def _product(self, tree: Any) -> Node:
        left, right = self._number(tree.this), self._number(tree.expression)
        kinds = {left.kind, right.kind}
        if left.kind is right.kind is FactType.MONEY:
            raise refuse("金额不能乘金额", column_of(tree), "type")
        scale = left.scale + right.scale
        if scale > MOST_PLACES:
            raise refuse(
                f"乘积有 {scale} 位小数，最多 {MOST_PLACES} 位；请先用 round 取整",
                column_of(tree),
                "range",
            )
        kind = FactType.INT
        if FactType.MONEY in kinds:
            kind = FactType.MONEY
        elif FactType.DECIMAL in kinds:
            kind = FactType.DECIMAL
        return Binary(kind, scale, "mul", left, right)

    def _div(self, tree: Any, given: list[Any]) -> Node:
        first, second, last = self._only(tree, given, 3)
        left, right, places = self._number(first), self._number(second), self.node(last)
        if not isinstance(places, Const) or not places.whole or places.kind is not FactType.INT:
            raise refuse("div 的第三个参数是小数位，写作 0 至 12 的整数", column_of(tree))
        if isinstance(right, Const) and right.value == 0:
            raise refuse("除数为零", column_of(second), "zero")
        kind = FactType.DECIMAL
        if left.kind is FactType.MONEY and right.kind is not FactType.MONEY:
            kind = FactType.MONEY
            if places.value != 0:
                raise refuse("金额以分计，小数位只能是 0", column_of(last))
        elif right.kind is FactType.MONEY and left.kind is not FactType.MONEY:
            raise refuse("不能用金额去除一个数", column_of(tree), "type")
        return self._quotient(tree, kind, int(places.value), left, right)

    def _quotient(self, tree: Any, kind: FactType, scale: int, left: Node, right: Node) -> Node:
        shift = scale - left.scale + right.scale
        if not 0 <= scale <= MOST_PLACES or abs(shift) > MOST_SHIFT:
            raise refuse("小数位过多", column_of(tree), "range")
        return Div(kind, scale, left, right, max(shift, 0), max(-shift, 0))

    def _fen(self, tree: Any, given: list[Any]) -> Node:
        node = self._number(self._only(tree, given, 1)[0])
        if node.kind is not FactType.MONEY:
            raise refuse("fen 只用于金额", column_of(tree), "type")
        if node.scale == 0:
            return node
        return self._quotient(tree, node.kind, 0, node, Const(FactType.INT, 0, 1))

    def _round(self, tree: Any, given: list[Any]) -> Node:
        first, last = self._only(tree, given, 2)
        node, places = self._number(first), self.node(last)
        if node.kind is not FactType.DECIMAL or not isinstance(places, Const) or not places.whole:
            raise refuse("round(小数, 小数位)；金额请用 fen", column_of(tree), "type")
        one = Const(FactType.INT, 0, 1)
        return self._quotient(tree, node.kind, int(places.value), node, one)

    def _decimal(self, tree: Any, given: list[Any]) -> Node:
        node = self._number(self._only(tree, given, 1)[0])
        if node.kind is not FactType.INT:
            raise refuse("decimal 只用于整数", column_of(tree), "type")
        return Raised(FactType.DECIMAL, 0, node, 0)

    def _pick(self, op: str, tree: Any, given: list[Any]) -> Node:
        if len(given) < 2:
            raise refuse(f"{op} 至少要两个值", column_of(tree))
        parts = [self.node(one) for one in given]
        for i in range(1, len(parts)):
            parts[0], parts[i] = self._alike(tree, parts[0], parts[i])
        parts = [self._alike(tree, part, parts[0])[0] for part in parts]
        if parts[0].kind not in (*NUMBERS, FactType.DATE):
            raise refuse(f"{op} 只用于数和日期", column_of(tree), "type")
        return Pick(parts[0].kind, parts[0].scale, op, tuple(parts))

    def _alike(self, tree: Any, left: Node, right: Node) -> tuple[Node, Node]:
        """Both with one type and scale; only a whole-number literal takes the other's type."""
        if isinstance(left, Const) and left.whole and right.kind in NUMBERS:
            left = Const(right.kind, 0, left.value, True)
        elif isinstance(right, Const) and right.whole and left.kind in NUMBERS:
            right = Const(left.kind, 0, right.value, True)
        if left.kind is not right.kind:
            raise self._mixed(tree, left, right)
        scale = max(left.scale, right.scale)
        return _raised(left, scale), _raised(right, scale)

    def _mixed(self, tree: Any, left: Node, right: Node) -> Exception:
        names = f"{TYPE_NAMES[left.kind]}与{TYPE_NAMES[right.kind]}"
        return refuse(f"{names}不能一起计算或比较", column_of(tree), "type")

    # Conditions

    def _bool(self, tree: Any) -> Node:
        node = self.node(tree)
        if node.kind is not FactType.BOOL:
            raise refuse(f"应为是否，得到{TYPE_NAMES[node.kind]}", column_of(tree), "type")
        return node

    def _comparison(self, op: str, tree: Any, left: Node, right: Node) -> Node:
        if left.kind in (FactType.SET, FactType.BOOL):
            raise refuse(f"{TYPE_NAMES[left.kind]}不能比较", column_of(tree), "type")
        if left.kind is FactType.TEXT and op not in ("eq", "ne"):
            raise refuse("文字只能用 = 和 <> 比较", column_of(tree), "type")
        return Binary(FactType.BOOL, 0, op, left, right)

    def _logic(self, op: str, tree: Any) -> Node:
        parts: list[Node] = []
        for side in (tree.this, tree.expression):
            node = self._bool(side)
            parts += node.parts if isinstance(node, Logic) and node.op == op else (node,)
        return Logic(FactType.BOOL, 0, op, tuple(parts))

    def _between(self, tree: Any) -> Node:
        of = self.node(tree.this)
        parts = []
        for op, side in (("ge", tree.args["low"]), ("le", tree.args["high"])):
            left, right = self._alike(tree, of, self.node(side))
            parts.append(self._comparison(op, tree, left, right))
        return Logic(FactType.BOOL, 0, "and", tuple(parts))

    def _among(self, tree: Any) -> Node:
        of, values = self.node(tree.this), []
        if tree.args.get("query") is not None or not tree.expressions:
            raise refuse("IN 后面只能是字面值列表", column_of(tree))
        if of.kind in (FactType.SET, FactType.BOOL):
            raise refuse(f"{TYPE_NAMES[of.kind]}不能用 IN", column_of(tree), "type")
        for one in tree.expressions:
            node = self.node(one)
            if not isinstance(node, Const):
                raise refuse("IN 后面只能是字面值列表", column_of(one))
            same, value = self._alike(one, of, node)
            if same != of or not isinstance(value, Const):
                raise refuse(f"小数位多于 {of.scale} 位", column_of(one), "range")
            values.append(value.value)
        return Among(FactType.BOOL, 0, of, tuple(dict.fromkeys(values)))

    def _case(self, tree: Any) -> Node:
        if tree.this is not None:
            raise refuse("CASE 后面直接写 WHEN 条件", column_of(tree))
        if tree.args.get("default") is None:
            raise refuse("CASE 缺少 ELSE", column_of(tree), "required")
        conditions = [self._bool(one.this) for one in tree.args["ifs"]]
        values = [self.node(one.args["true"]) for one in tree.args["ifs"]]
        values.append(self.node(tree.args["default"]))
        for _ in range(2):  # the second round brings the first values to the last one's scale
            for i in range(1, len(values)):
                values[0], values[i] = self._alike(tree, values[0], values[i])
        if values[0].kind is FactType.SET:
            raise refuse("CASE 的值不能是集合", column_of(tree), "type")
        branches = tuple(zip(conditions, values[:-1], strict=True))
        return Case(values[0].kind, values[0].scale, branches, values[-1])

    # Calls

    def _call(self, tree: Any) -> Node:
        name = str(tree.this).lower()
        read = self._calls.get(name)
        if read is not None:
            return read(tree, list(tree.expressions))
        if name in _SWALLOWS:
            raise refuse(f"不接受 {name}：它会吞掉未知", column_of(tree), "null")
        known = "、".join(sorted(self._calls))
        raise refuse(f"没有函数 {name}，可用：{known}", column_of(tree), "unknown")

    def _only(self, tree: Any, given: list[Any], count: int) -> list[Any]:
        if len(given) != count:
            raise refuse(f"{str(tree.this).lower()} 需要 {count} 个参数", column_of(tree))
        return given

    def _of_kind(self, tree: Any, kind: FactType) -> Node:
        node = self.node(tree)
        if node.kind is not kind:
            wanted, found = TYPE_NAMES[kind], TYPE_NAMES[node.kind]
            raise refuse(f"应为{wanted}，得到{found}", column_of(tree), "type")
        return node

    def _of_date(self, op: str, tree: Any, given: list[Any]) -> Node:
        of = self._of_kind(self._only(tree, given, 1)[0], FactType.DATE)
        return Unary(FactType.INT, 0, op, of)

    def _date_of(self, tree: Any, given: list[Any]) -> Node:
        of = self._of_kind(self._only(tree, given, 1)[0], FactType.DATETIME)
        return Unary(FactType.DATE, 0, "date_of", of)

    def _span(self, op: str, tree: Any, given: list[Any]) -> Node:
        first, last = (self._of_kind(one, FactType.DATE) for one in self._only(tree, given, 2))
        return Binary(FactType.INT, 0, op, first, last)

    def _today(self, tree: Any, given: list[Any]) -> Node:
        self._only(tree, given, 0)
        return Today(FactType.DATE, 0)

    def _text_test(self, kind: FactType, tree: Any, given: list[Any]) -> Node:
        first, word = self._only(tree, given, 2)
        of, literal = self._of_kind(first, kind), self._of_kind(word, FactType.TEXT)
        if not isinstance(literal, Const) or not literal.value:
            raise refuse("第二个参数应为非空的字面文字", column_of(word))
        return TextTest(FactType.BOOL, 0, str(tree.this).lower(), of, literal.value)


def _raised(node: Node, scale: int) -> Node:
    by = scale - node.scale
    if by == 0:
        return node
    if isinstance(node, Const) and LOW <= node.value * 10**by <= HIGH:
        return Const(node.kind, scale, node.value * 10**by)
    return Raised(node.kind, scale, node, by)
