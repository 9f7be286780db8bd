"""Code tables of identifying numbers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

#: First two digits of GB/T 2260 codes, and of the residence permits of 港澳台.
PROVINCES = frozenset(
    [
        "10",
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "83",
        "91",
    ]
)

#: GB 32100-2015 table 2 with its amendment: who registers, by the first sign.
REGISTRARS = {
    "1": "机构编制",
    "2": "外交",
    "3": "司法行政",
    "4": "文化",
    "5": "民政",
    "6": "旅游",
    "7": "宗教",
    "8": "工会",
    "9": "市场监督管理",
    "A": "中央军委改革和编制管理部门",
    "N": "农业农村",
    "Y": "其他",
}

#: What kind of organisation, by the first two signs.
ORGANISATION_KINDS = {
    "11": "机关",
    "12": "事业单位",
    "13": "群众团体",
    "19": "机构编制部门登记的其他机构",
    "31": "律师执业机构",
    "32": "公证处",
    "33": "基层法律服务所",
    "34": "司法鉴定机构",
    "35": "仲裁委员会",
    "39": "司法行政部门登记的其他机构",
    "51": "社会团体",
    "52": "民办非企业单位",
    "53": "基金会",
    "59": "民政部门登记的其他组织",
    "71": "宗教活动场所",
    "72": "宗教院校",
    "79": "宗教部门登记的其他机构",
    "81": "基层工会",
    "89": "工会系统登记的其他机构",
    "91": "企业",
    "92": "个体工商户",
    "93": "农民专业合作社",
    "A1": "军队事业单位",
    "A9": "军队其他组织",
    "N1": "组级集体经济组织",
    "N2": "村级集体经济组织",
    "N3": "乡镇级集体经济组织",
    "N9": "农业农村部门登记的其他组织",
    "Y1": "其他",
}

#: The same as the catalogue's ``audience`` has it (GB/T 39046 A.4, in words).
LEGAL_KINDS = {
    "11": "agency",
    "12": "institution",
    "13": "social_organisation",
    "51": "social_organisation",
    "52": "social_organisation",
    "53": "social_organisation",
    "59": "social_organisation",
    "81": "social_organisation",
    "91": "enterprise",
    "92": "individual_business",
    "93": "enterprise",
    "N1": "enterprise",
    "N2": "enterprise",
    "N3": "enterprise",
}
LEGAL_KIND_LABELS = {
    "person": _("自然人"),
    "enterprise": _("企业法人"),
    "individual_business": _("个体工商户"),
    "institution": _("事业法人"),
    "social_organisation": _("社会组织法人"),
    "agency": _("行政机关"),
    "organisation": _("其他组织"),
}
