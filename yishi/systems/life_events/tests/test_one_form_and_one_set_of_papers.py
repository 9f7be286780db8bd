"""Asked once, used by many; what only sounds alike stays apart (§S1-A8, hard cases 1, 5, 6)."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.approvals.catalogue.model import Book, Item
from yishi.systems.life_events.catalogue import routes
from yishi.systems.life_events.catalogue.days import in_days
from yishi.systems.life_events.catalogue.form import STRICTNESS, for_item, form_of, papers_of
from yishi.systems.life_events.catalogue.measures import Pair, fullest, measures
from yishi.systems.life_events.catalogue.model import After, Theme, ThemeItem
from yishi.systems.life_events.tests.books import book, item, wanted


def theme(
    *items: Item,
    after: dict[str, list[str]] | None = None,
    same_fields: tuple[tuple[str, ...], ...] = (),
    same_materials: tuple[tuple[str, ...], ...] = (),
    promise: str = "",
) -> Theme:
    waits = after or {}
    return Theme(
        key="t",
        name="主题",
        audience="enterprise",
        group="市场准入",
        lead="market_supervision",
        level="county",
        summary="示意",
        questions=(),
        items=tuple(
            ThemeItem(one.key, after=tuple(After(b) for b in waits.get(one.key, ())))
            for one in items
        ),
        same_fields=same_fields,
        same_materials=same_materials,
        promise=promise,
    )


def test_s1_a8_ten_listed_papers_are_six_and_three_are_uploaded() -> None:
    items = [
        item("a", papers=[wanted(m) for m in ("id_card", "licence", "plan", "health")]),
        item("b", papers=[wanted(m) for m in ("licence", "plan", "fire_pledge")]),
        item("c", papers=[wanted(m) for m in ("id_card", "licence", "sign_picture")]),
    ]
    held = ("id_card", "licence", "health")
    stock = book(*items, shared=held)
    one = theme(*items)
    found = measures(one, routes.route(one, {}, stock), stock)
    assert (found.papers.before, found.distinct_papers, found.papers.after) == (10, 6, 3)
    assert found.papers.reduction == Decimal("70.0")


def test_the_same_material_of_another_holder_is_another_paper() -> None:
    items = [
        item("a", papers=[wanted("id_card", "applicant"), wanted("id_card", "agent")]),
        item("b", papers=[wanted("id_card", "legal_representative")]),
    ]
    one, stock = theme(*items), book(*items)
    found = papers_of(one, routes.route(one, {}, stock), stock)
    assert [paper.key for paper in found] == [
        "id_card.applicant",
        "id_card.agent",
        "id_card.legal_representative",
    ]


def test_the_strictest_form_the_most_copies_and_every_name_are_kept() -> None:
    items = [
        item("a", papers=[wanted("lease", named="租赁合同复印件", form="copy", copies=2)]),
        item(
            "b",
            papers=[wanted("lease", named="场地使用证明", form="original", deferrable=True)],
        ),
    ]
    one, stock = theme(*items), book(*items)
    (paper,) = papers_of(one, routes.route(one, {}, stock), stock)
    assert (paper.form, paper.copies, paper.deferrable) == ("original", 2, False)
    assert paper.told_as == (("a", "租赁合同复印件"), ("b", "场地使用证明"))


def test_fields_merge_by_what_the_theme_says_and_each_item_gets_its_own_name() -> None:
    items = [
        item("a", fields=["applicant_name", "premises_address"]),
        item("b", fields=["applicant_name", "business_site", "home_address"]),
    ]
    stock = book(*items)
    one = theme(*items, same_fields=(("premises_address", "business_site"),))
    form = form_of(one, routes.route(one, {}, stock), stock)
    assert [field.key for field in form] == ["applicant_name", "premises_address", "home_address"]
    values = {"applicant_name": "王", "premises_address": "路1号", "home_address": "路2号"}
    assert for_item(form, values, "b") == {
        "applicant_name": "王",
        "business_site": "路1号",
        "home_address": "路2号",
    }


def test_fields_of_one_label_and_two_meanings_stay_apart_and_say_for_what() -> None:
    items = [item("a", fields=["head"]), item("b", fields=["legal_head"])]
    stock = book(*items)
    alike = {key: type(spec)(spec.key, "负责人", spec.type) for key, spec in stock.fields.items()}
    form = form_of(
        theme(*items),
        routes.route(theme(*items), {}, stock),
        Book(alike, stock.materials, stock.items),
    )
    assert [field.label for field in form] == ["负责人（事项a）", "负责人（事项b）"]


def test_the_days_of_a_theme_are_its_longest_path_never_the_sum() -> None:
    items = [
        item("a", promise="5工作日", legal="20工作日"),
        item("b", promise="3工作日", legal="10工作日"),
        item("c", promise="2工作日", legal="20工作日"),
    ]
    stock = book(*items)
    one = theme(*items)
    assert measures(one, routes.route(one, {}, stock), stock).days == Pair(20, 5)
    chained = theme(*items, after={"c": ["a"]})
    found = measures(chained, routes.route(chained, {}, stock), stock)
    assert (found.days, found.in_turn, found.critical) == (Pair(40, 7), 50, ("a", "c"))


def test_a_reduction_of_nothing_is_none() -> None:
    assert Pair(0, 0).reduction is None


ITEMS = st.integers(1, 7)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Theme, Book]:
    count = draw(ITEMS)
    keys = [f"i{n}" for n in range(count)]
    materials = ("p1", "p2", "p3", "p4")
    items = [
        item(
            key,
            promise=f"{draw(st.integers(1, 9))}工作日",
            papers=[
                wanted(m, form=draw(st.sampled_from(STRICTNESS)), copies=draw(st.integers(1, 3)))
                for m in draw(st.sets(st.sampled_from(materials)))
            ],
        )
        for key in keys
    ]
    after = {key: [b for b in keys[:n] if draw(st.booleans())] for n, key in enumerate(keys)}
    return theme(*items, after=after), book(*items)


@given(graphs())
def test_merging_never_loses_and_never_doubles(made: tuple[Theme, Book]) -> None:
    one, stock = made
    route = routes.route(one, {}, stock)
    papers = papers_of(one, route, stock)
    listed = [(key, w) for key in route.items for w in stock.items[key].materials]
    assert {paper.key for paper in papers} == {f"{w.material}.{w.holder}" for _, w in listed}
    assert len({paper.key for paper in papers}) == len(papers)
    for paper in papers:
        mine = [w for _, w in listed if w.material == paper.material]
        assert paper.copies == max(w.copies for w in mine)
        assert STRICTNESS.index(paper.form) == max(STRICTNESS.index(w.form) for w in mine)
        assert len(paper.told_as) == len(mine)


@given(graphs())
def test_the_longest_path_lies_between_the_longest_item_and_the_sum(
    made: tuple[Theme, Book],
) -> None:
    one, stock = made
    route = routes.route(one, {}, stock)
    days = {key: in_days(stock.items[key].promise) for key in route.items}
    length, path = routes.longest(route, days.__getitem__)
    assert max(days.values()) <= length <= sum(days.values())
    assert length == sum(days[key] for key in path)
    columns = routes.levels(route)
    place = {key: n for n, column in enumerate(columns) for key in column}
    assert sorted(place) == sorted(route.items)
    assert all(place[b] < place[key] for key, bs in routes.before(route).items() for b in bs)


@given(graphs())
def test_the_fullest_path_is_measured(made: tuple[Theme, Book]) -> None:
    one, stock = made
    found = measures(one, fullest(one, stock), stock)
    assert found.items == len(one.items)
    assert found.papers.after <= found.distinct_papers <= found.papers.before
