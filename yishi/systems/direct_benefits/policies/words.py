"""The closed vocabularies of items, with their names on pages."""

from __future__ import annotations

import re

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Names = dict[str, Promise]

MODES: Names = {"direct": _("免申即享"), "quick": _("即申即享"), "promise": _("承诺兑现")}
KINDS: Names = {
    "award": _("奖补类"),
    "reduction": _("减免类"),
    "right": _("权益类"),
    "qualification": _("资质类"),
}
LEVELS: Names = {
    "nation": _("国家级"),
    "province": _("省级"),
    "city": _("市级"),
    "county": _("县区级"),
}
VALID_DATES: Names = {"recognition": _("以认定之日为准"), "payment": _("以兑付之日为准")}
PERIODS: Names = {
    "year": _("每年"),
    "quarter": _("每季度"),
    "month": _("每月"),
    "once": _("一次性"),
}
ONCE: Names = {"party_lifetime": _("同一主体只享受一次"), "period": _("每期只享受一次")}
STACK_RULES: Names = {
    "highest_less_paid": _("从高不重复"),
    "exclusive": _("只享受优先的一项"),
    "sum": _("可以叠加，合计不超过上限"),
}
UNITS: Names = {"wd": _("个工作日"), "calendar": _("日")}
COUNTING: Names = {"INCLUSIVE": _("公示当日计入"), "EXCLUSIVE": _("公示当日不计入")}
PAY_FROM: Names = {
    "notice_end": _("公示期满"),
    "finance_received": _("财政部门收到资金申请"),
    "applied": _("收到申请"),
}
GROUNDS: Names = {
    "false_data": _("提供虚假材料或数据"),
    "recognition_withdrawn": _("认定被撤销"),
    "wrong_data": _("数据有误"),
    "duplicate": _("重复兑付"),
    "relocation": _("约定年限内迁出"),
    "pledge_broken": _("未履行承诺"),
}
BEARERS: Names = {
    "central": _("中央"),
    "province": _("省级"),
    "city": _("市级"),
    "county": _("县区"),
    "fund": _("基金"),
}

#: Classes (类) of expenditure by function that exist; a code has class, item and sub-item.
FUNCTIONAL = re.compile(
    r"(201|203|204|205|206|207|208|209|210|211|212|213|214|215|216|217|219|220|221|222|224|227"
    r"|229|230|231|232|233)\d{2}\d{2}",
    re.ASCII,
)
#: Classes of expenditure by economic kind of the government's budget, and their items.
ECONOMIC = re.compile(r"(50[1-9]|51[0-4]|599)\d{2}", re.ASCII)
