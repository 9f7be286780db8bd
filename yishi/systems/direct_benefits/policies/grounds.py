"""What an item as a whole must satisfy, among it the four conditions of 免申即享."""

from __future__ import annotations

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.amounts import Fixed
from yishi.foundation.rulebook.facts import FactType
from yishi.foundation.rulebook.outcome import Truth
from yishi.systems.direct_benefits.policies.model import BenefitItem, PolicyText
from yishi.systems.direct_benefits.policies.parts import wrong

#: Facts that only narrow down whom a policy may concern at all; they single nobody out.
BROAD = frozenset({"area", "status", "dishonest", "abnormal_listed", "tax_arrears", "zombie"})


def check_item(item: BenefitItem) -> None:
    """Raise FieldError for what does not go together."""
    _money(item)
    _period(item)
    _examples(item)
    if item.mode == "direct":
        _direct(item)
    elif item.mode == "quick" and not item.asks:
        raise wrong("asks", "即申即享须写明申请时要提交什么（asks）", "required")
    elif item.mode == "promise" and not item.pledge:
        raise wrong("pledge", "承诺兑现须写明承诺内容（pledge）", "required")
    if item.stack is not None and item.amount is None:
        raise wrong("stack", "没有金额的事项不能参加叠加规则")


def _money(item: BenefitItem) -> None:
    if item.fiscal:
        for name in ("amount", "budget", "notice", "pay_within", "clawback", "payer"):
            if not getattr(item, name):
                raise wrong(name, f"财政资金事项须写明 {name}", "required")
    else:
        for name in ("budget", "pay_within"):
            if getattr(item, name):
                raise wrong(name, f"非资金类事项不带 {name}")
        if item.amount is None and not item.right:
            raise wrong("right", "没有金额的事项须写明享受什么（right）", "required")
    cap, amount = item.caps.per_party, item.amount
    if cap and isinstance(amount, Fixed) and isinstance(amount.fen, int) and amount.fen > cap:
        raise wrong("caps.per_party", "单户上限小于固定金额", "range")


def _period(item: BenefitItem) -> None:
    if (item.period == "once") is not (item.once == "party_lifetime"):
        raise wrong("once", "一次性事项（period: once）与 once: party_lifetime 须同时写明")
    if item.recognised_on and item.valid_date != "recognition":
        raise wrong("recognised_on", "以兑付之日为准的事项不看认定日期")


def _examples(item: BenefitItem) -> None:
    truths = {one.expect for one in item.examples}
    if Truth.TRUE not in truths:
        raise wrong("examples", "至少要有一个符合条件（true）的示例", "required")
    if truths == {Truth.TRUE}:
        raise wrong("examples", "至少要有一个不符合（false）或未知（unknown）的示例", "required")
    for i, one in enumerate(item.examples):
        paid = one.expect is Truth.TRUE and item.amount is not None
        if paid and one.amount is None:
            raise wrong(f"examples[{i}].amount", "符合条件的示例须写明金额（分）", "required")
        if not paid and one.amount is not None:
            raise wrong(f"examples[{i}].amount", "这个示例没有金额")


def _direct(item: BenefitItem) -> None:
    """受益对象明确、结果认定有据、标准数额具体 (文件时限有效 is the policy's: `check_policy`)."""
    facts = {fact.name: fact for fact in item.rule.facts.values()}
    if not set(facts) - BROAD:
        raise wrong("when", "免申即享须受益对象明确：除地域、存续和信用外还要有认定对象的条件")
    if not item.evidence:
        message = "免申即享须结果认定有据：写明以哪份认定文件或哪项数据为准（evidence）"
        raise wrong("evidence", message, "required")
    derived = {one.fact.name: one for one in item.derived}
    for name, fact in facts.items():
        if name not in derived and not fact.source:
            raise wrong("when", f"免申即享须结果认定有据：事实 {fact.label} 没有数据来源部门")
    if item.amount is None and not item.right:
        raise wrong("amount", "免申即享须标准数额具体：写明金额或享受内容", "required")


def check_policy(item: BenefitItem, policy: PolicyText) -> None:
    """文件时限有效: a policy that grants something without application says until when it holds."""
    if item.policy != policy.key:
        raise wrong("policy", f"事项属于政策 {item.policy}，不是 {policy.key}")
    if item.mode == "direct" and policy.valid_to is None:
        message = "免申即享须文件时限有效：政策文件没有写明有效期截止日（valid.to）"
        raise FieldError("policy", message, "required")
    if item.effective_from and not policy.valid_from <= item.effective_from:
        raise wrong("effective_from", f"早于政策文件的生效日期 {policy.valid_from}", "range")
    last = policy.valid_to
    if item.effective_from and last and item.effective_from > last:
        raise wrong("effective_from", f"晚于政策文件的截止日期 {last}", "range")
    for condition in item.rule.facts.values():
        if condition.type is FactType.DATETIME:
            raise wrong("when", f"{condition.label}为时间；政策按日期认定")
