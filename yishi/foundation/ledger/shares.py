"""Dividing an amount exactly, by largest remainder (最大余额法). Pure; amounts in fen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def largest_remainder(
    weights: Sequence[int], total: int, keys: Sequence[str] | None = None
) -> list[int]:
    """*total* divided in proportion to *weights*: the parts add up to it exactly.

    Each gets its whole fen; those left over go one each to the largest remainders. Equal
    remainders: the larger weight first, then the smaller key (or the earlier place), so that with
    *keys* the order in which they come does not matter. Without any weight nobody gets anything.

    Raises:
        ValueError: a weight or the total is negative, or there is a total and nobody to take it.
    """
    if total < 0 or any(weight < 0 for weight in weights):
        raise ValueError("weights and total are not negative")
    whole = sum(weights)
    if not whole:
        if total:
            raise ValueError("nobody has a weight")
        return [0] * len(weights)
    parts = [weight * total // whole for weight in weights]
    left = total - sum(parts)
    names: Sequence[str | int] = keys if keys is not None else range(len(weights))
    order = sorted(
        range(len(weights)),
        key=lambda i: (-(weights[i] * total % whole), -weights[i], names[i]),
    )
    for i in order[:left]:
        parts[i] += 1
    return parts


def within(claims: Sequence[int], budget: int, keys: Sequence[str] | None = None) -> list[int]:
    """*claims* in full where *budget* suffices, else cut in proportion: they add up to it."""
    if sum(claims) <= budget:
        return list(claims)
    return largest_remainder(claims, max(budget, 0), keys)


def split(amount: int, shares: Mapping[str, int]) -> dict[str, int]:
    """*amount* by *shares* (``{"city": 60, "county": 40}``), in their order."""
    if not shares:
        return {}
    names = sorted(shares)
    parts = largest_remainder([shares[name] for name in names], amount, names)
    found = dict(zip(names, parts, strict=True))
    return {name: found[name] for name in shares}
