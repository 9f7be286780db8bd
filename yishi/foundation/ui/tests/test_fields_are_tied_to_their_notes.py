"""Label, hint and error of a field belong to its input in the markup."""

from __future__ import annotations

from django.template import Context, Template

from yishi.foundation.ui import fields
from yishi.foundation.ui.gallery import SampleForm


def _draw(source: str, form: SampleForm) -> str:
    return Template("{% load ui %}" + source).render(Context({"form": form}))


def test_the_summary_links_every_error_to_its_input() -> None:
    form = SampleForm({"county": "9"})
    form.add_error(None, "整个表单有误")
    assert [p.anchor for p in fields.problems(form)] == ["", "id_title", "id_kind_0", "id_county"]
    drawn = _draw("{% error_summary form %}{% field form.kind %}{% field form.title %}", form)
    for anchor in ("id_title", "id_kind_0"):
        assert f'href="#{anchor}"' in drawn
        assert f'id="{anchor}"' in drawn


def test_nothing_is_said_when_nothing_is_wrong() -> None:
    assert _draw("{% error_summary form %}", SampleForm()).strip() == ""


def test_an_input_names_its_hint_and_its_error() -> None:
    drawn = _draw("{% field form.title %}", SampleForm({}))
    assert 'aria-describedby="id_title_helptext id_title_error"' in drawn
    assert 'id="id_title_helptext"' in drawn
    assert 'id="id_title_error"' in drawn
    assert 'aria-invalid="true"' in drawn
    assert '<label class="field-label" for="id_title">' in drawn


def test_a_group_is_a_fieldset_with_a_legend() -> None:
    drawn = _draw("{% field form.kind %}", SampleForm({}))
    assert '<fieldset class="field field-wrong" aria-describedby="id_kind_error">' in drawn
    assert drawn.count('type="radio"') == 2
    assert '<label for="id_kind_1">' in drawn


def test_only_optional_fields_say_so() -> None:
    assert "（选填）" in _draw("{% field form.text %}", SampleForm())
    assert "（选填）" not in _draw("{% field form.title %}", SampleForm())


def test_what_was_typed_is_escaped() -> None:
    drawn = _draw("{% field form.title %}", SampleForm({"title": '"><script>x</script>' * 9}))
    assert "<script>" not in drawn
