"""What the script of the page on site says. ``{n}`` and the like are filled in by the script."""

from __future__ import annotations

from django.utils.translation import gettext

from yishi.foundation.ui.onsite_texts import common_texts


def texts() -> dict[str, str]:
    """All texts by the name under which the script asks for them."""
    return {**common_texts(), **_case(), **_report()}


def _case() -> dict[str, str]:
    return {
        "type": gettext("类别"),
        "words": gettext("上报内容"),
        "filing": gettext("立案条件"),
        "limit": gettext("处置时限"),
        "closing": gettext("结案条件"),
        "illustrative": gettext("时限为示意"),
        "handling": gettext("处置要点"),
        "plan": gettext("预案"),
        "asReport": gettext("改为上报，并入该案件"),
    }


def _report() -> dict[str, str]:
    return {
        "report": gettext("上报新问题"),
        "settle": gettext("自行处置"),
        "settleHint": gettext(
            "类别属于社区、乡镇自行处置的，当场处置好，附处置前、后照片，一次报完；由他人核实。"
        ),
        "here": gettext("用现在的位置"),
        "hereDone": gettext("已取得位置（定位精度±{n}米）"),
        "landmark": gettext("或按地标选择"),
        "landmarkFind": gettext("输入地标名称"),
        "address": gettext("具体位置"),
        "typeFind": gettext("查找类别"),
        "typeHint": gettext("输入名称或现象，例如：垃圾、井盖"),
        "typeNone": gettext("没有找到，可以不选，写明情况"),
        "typeMissing": gettext("本机还没有类别表，联网打开一次本页后可用；也可以只写明情况。"),
        "chosen": gettext("已选：{name}"),
        "change": gettext("重选"),
        "standard": gettext("符合哪种情况"),
        "description": gettext("情况说明"),
        "photos": gettext("照片"),
        "before": gettext("处置前照片"),
        "after": gettext("处置后照片"),
        "note": gettext("处置说明"),
        "needPlace": gettext("请取位置或选地标"),
        "needWhat": gettext("请选择类别或写明情况"),
        "needType": gettext("自行处置须选择类别"),
        "needBoth": gettext("自行处置须有处置前和处置后照片"),
        "settlesMark": gettext("可自行处置"),
        "saveReport": gettext("存入并上报"),
        "saveSettle": gettext("存入并报送自行处置"),
    }
