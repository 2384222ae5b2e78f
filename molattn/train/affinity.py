"""Measured affinities as text to pK: units, relations, measures, and several values of one pair.

pK = -log10(affinity in mol/L). A *relation* belongs to the affinity, not to pK: ``<`` with pK 8
says that the affinity is below 10 nM and pK therefore **above** 8. ``~`` is a rough value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal, TypeAlias

Relation: TypeAlias = Literal["=", "<", ">", "~"]

MEASURES: Final = ("Kd", "Ki", "IC50", "EC50")
"""Measures that are concentrations at half effect, the most physical first."""

LOWEST_PK: Final = 0.0
HIGHEST_PK: Final = 16.0
"""pK beyond these is a slip of a unit, not an affinity."""

_RELATIONS: Final[dict[str, Relation]] = {
    "": "=", "=": "=", "==": "=",
    "<": "<", "<=": "<", "=<": "<", "≤": "<", "<<": "<",
    ">": ">", ">=": ">", "=>": ">", "≥": ">", ">>": ">",
    "~": "~", "≈": "~", "~=": "~", "≃": "~",
}  # fmt: skip
_FLIPPED: Final[dict[Relation, Relation]] = {"=": "=", "~": "~", "<": ">", ">": "<"}
_EXPONENTS: Final = {"": 0, "m": 3, "u": 6, "n": 9, "p": 12, "f": 15, "a": 18}
_SIGN: Final = r"<=|>=|=<|=>|<<|>>|==|~=|[=<>~≤≥≈≃]"
_NUMBER: Final = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_ERROR: Final = re.compile(rf"\s*(?:±|\+/-|\+-)\s*{_NUMBER}")
_SIGNED: Final = re.compile(rf"^\s*({_SIGN})?\s*(.*?)\s*$", re.DOTALL)
_TEXT: Final = re.compile(
    rf"^\s*(?:(?P<measure>p?[A-Za-z][A-Za-z_]*\d*)\s*(?=[^\w.]))?(?P<sign>{_SIGN})?\s*"
    rf"(?P<value>{_NUMBER})\s*(?P<unit>.*?)\s*$"
)
_MOLAR: Final = re.compile(
    r"(?P<prefix>[munpfa]?)(?:M|mol(?:ar)?(?:\s*/\s*[lL]|[\s.·*]*[lL]\^?-1|/dm3|[\s.·*]*dm\^?-3)?)"
)
_POWER: Final = re.compile(r"10\^?'?(?P<power>-?\d+)\s*(?P<rest>.*)")
_RATIOS: Final = re.compile(r"%|percent|fold|ratio|ug|mg|ng|g[ /.]|/s|s-1|min|hr|kcal|kj", re.I)


@dataclass(frozen=True, slots=True)
class Affinity:
    """One measured affinity.

    Attributes
    ----------
    pK
        -log10 of the affinity in mol/L.
    relation
        Of the affinity, not of pK: ``<`` means a stronger binder than the figure.
    measure
        One of `MEASURES`, several joined by ``;`` for a mean over them, "" where the source does
        not say.
    """

    pK: float
    relation: Relation = "="
    measure: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a text is no affinity: words that can be counted, and the text itself."""

    reason: str
    detail: str = ""


NO_VALUE: Final = Refusal("no affinity given")


def affinity_of(
    value: str | float, unit: str, relation: str = "", measure: str = ""
) -> Affinity | Refusal:
    """Return the affinity of a value with its unit, as tables hold them.

    Parameters
    ----------
    value
        Number, as text perhaps with a sign of relation before it and an error behind it.
    unit
        Such as ``nM``, ``µM``, ``mol/L``, ``10^-6 M``.
    relation
        Such as ``=``, ``<=``, ``~``; empty for the sign of ``value``, and ``=`` without one.
    measure
        Such as ``Ki``; ``pKi`` and ``-Log IC50`` say that the value is a pK already.
    """
    named = known_measure(measure)
    if isinstance(named, Refusal):
        return named
    if _is_logarithm(measure):
        return affinity_of_pK(value, _flip_text(relation), named)
    number, sign = _number_and_relation(value, relation)
    if isinstance(number, Refusal):
        return number
    if isinstance(sign, Refusal):
        return sign
    exponent = molar_exponent(unit)
    if isinstance(exponent, Refusal):
        return exponent
    if number <= 0:
        return Refusal("affinity is zero or negative", f"{number:g} {unit}")
    return _checked(exponent - math.log10(number), sign, named)


def affinity_of_pK(value: str | float, relation: str = "", measure: str = "") -> Affinity | Refusal:
    """Return the affinity of a value that is a pK already.

    Parameters
    ----------
    value
        pK. A sign before the number is one of pK: ``>9`` means an affinity below 1 nM.
    relation
        Of the affinity, not of pK; empty for the sign of ``value``, and ``=`` without one.
    measure
        Such as ``Ki`` or ``pKi``.
    """
    named = known_measure(measure)
    if isinstance(named, Refusal):
        return named
    number, sign = _number_and_relation(value, _flip_text(relation))
    if isinstance(number, Refusal):
        return number
    if isinstance(sign, Refusal):
        return sign
    return _checked(number, _FLIPPED[sign], named)


def parse_affinity(text: str) -> Affinity | Refusal:
    """Return the affinity that a text such as ``Kd=49uM`` or ``IC50~3.2e-7M // note`` names.

    What follows ``//`` is left aside. ``pKd>9`` holds a pK.
    """
    bare = text.split("//", 1)[0].strip()
    if not bare:
        return NO_VALUE
    match = _TEXT.match(_ERROR.sub("", bare))
    if match is None:
        return Refusal("affinity is not readable", bare)
    measure, sign = match["measure"] or "", match["sign"] or ""
    if _is_logarithm(measure) and not match["unit"]:
        return affinity_of_pK(sign + match["value"], "", measure)
    return affinity_of(match["value"], match["unit"], sign, measure)


def known_measure(text: str) -> str | Refusal:
    """Return the measure that a text names, "" for an empty text.

    ``K_i``, ``KI``, ``pKi`` and ``-Log Ki`` are understood; ``-logKd/Ki`` names none of them.
    ``Ki;Kd`` stays as it is: the mean of both.
    """
    bare = re.sub(r"[\s_()]", "", text)
    bare = re.sub(r"^(-log10|-log|p(?=[A-Z]))", "", bare, flags=re.I).removesuffix("app")
    if not bare or bare.lower() in ("kd/ki", "k", "chembl", "affinity"):
        return ""
    known = {measure.lower(): measure for measure in MEASURES}
    parts = [known.get(part) for part in re.split(r"[;,/|+]", bare.lower())]
    if None in parts:
        return Refusal("measure is no affinity", text.strip())
    return ";".join(dict.fromkeys(part for part in parts if part))


def known_relation(text: str) -> Relation | Refusal:
    """Return a relation in its plain form; the ``'='`` of quoted exports is understood."""
    bare = text.strip().strip("'\"").replace(" ", "")
    found = _RELATIONS.get(bare)
    return found if found is not None else Refusal("relation not known", text.strip())


def molar_exponent(unit: str) -> float | Refusal:
    """Return n where the unit is 10^-n mol/L: 9 for nM."""
    bare = unit.strip().strip("()[]").replace("µ", "u").replace("μ", "u")
    shift = 0
    power = _POWER.fullmatch(bare)
    if power is not None:
        shift, bare = -int(power["power"]), power["rest"]
    match = _MOLAR.fullmatch(bare) or _MOLAR.fullmatch(_upright(bare))
    if match is not None:
        return float(shift + _EXPONENTS[match["prefix"]])
    if not bare:
        return Refusal("no unit given")
    if _RATIOS.search(bare):
        return Refusal("unit is no molar concentration", unit.strip())
    return Refusal("unit not known", unit.strip())


def combine_affinities(
    affinities: Iterable[Affinity], preference: Sequence[str] = MEASURES
) -> Combined:
    """Make one affinity of several measured for one pair of ligand and protein.

    Only the first measure in the order of ``preference`` that the pair has is taken, exact values
    before rough ones before bounds. Exact and rough values give their median. Of bounds on one
    side the tightest stays; bounds on both sides without a value between give none.

    Raises
    ------
    ValueError
        There is no affinity.
    """
    every = list(affinities)
    order = {measure: rank for rank, measure in enumerate(preference)}
    for relations in ("=", "~", "<>"):
        found = [one for one in every if one.relation in relations]
        if not found:
            continue
        best = min(order.get(one.measure, len(order)) for one in found)
        taken = [one for one in found if order.get(one.measure, len(order)) == best]
        return _combined(taken, len(every))
    raise ValueError("There is no affinity to combine.")


@dataclass(frozen=True, slots=True)
class Combined:
    """What several affinities of one pair amount to.

    Attributes
    ----------
    affinity
        None where bounds contradict each other or point both ways.
    n_values
        How many values it was made of.
    n_other
        How many were left aside: another measure, rough beside exact, bounds beside values.
    spread
        Largest minus smallest pK of the values, 0 for one.
    """

    affinity: Affinity | None
    n_values: int
    n_other: int
    spread: float


def _combined(taken: Sequence[Affinity], total: int) -> Combined:
    values = [one.pK for one in taken]
    sides = {one.relation for one in taken}
    measure = taken[0].measure
    spread = max(values) - min(values)
    answer: Affinity | None
    if sides == {"<"}:
        answer = Affinity(max(values), "<", measure)
    elif sides == {">"}:
        answer = Affinity(min(values), ">", measure)
    elif len(sides) > 1:
        answer = None
    else:
        answer = Affinity(median(values), taken[0].relation, measure)
    bounds = not sides & {"=", "~"}
    return Combined(answer, len(taken), total - len(taken), 0.0 if bounds else spread)


def _number_and_relation(
    value: str | float, relation: str
) -> tuple[float | Refusal, Relation | Refusal]:
    """Return the number of a cell and its relation: the named one, else that of the cell."""
    match = _SIGNED.match(_ERROR.sub("", str(value)))
    sign, body = (match[1] or "", match[2]) if match else ("", "")
    if not body or body.lower() in ("nan", "none", "null", "na", "n/a", "-"):
        return NO_VALUE, "="
    if "," in body:
        return Refusal("number with a comma is ambiguous", body), "="
    if re.fullmatch(_NUMBER, body) is None:
        return Refusal("affinity is not readable", body), "="
    named, own = known_relation(relation), known_relation(sign)
    if not isinstance(named, Refusal) and not isinstance(own, Refusal):
        if named == "=":
            named = own
        elif own not in ("=", named):
            named = Refusal("relation contradicts the value", f"{relation} {value}")
    return float(body), named


def _checked(pK: float, relation: Relation, measure: str) -> Affinity | Refusal:
    if not (math.isfinite(pK) and LOWEST_PK <= pK <= HIGHEST_PK):
        return Refusal(f"pK outside {LOWEST_PK:g} to {HIGHEST_PK:g}", f"pK {pK:.2f}")
    return Affinity(pK + 0.0, relation, measure)  # + 0.0 turns -0.0 into 0.0


def _is_logarithm(measure: str) -> bool:
    return re.match(r"\s*(?:-[lL][oO][gG]|p[A-Z])", measure) is not None


def _flip_text(relation: str) -> str:
    found = known_relation(relation)
    return relation if isinstance(found, Refusal) else _FLIPPED[found]


def _upright(unit: str) -> str:
    """Return ``NM`` and ``nm`` as ``nM``; ``mm`` and ``MM`` as ``mM``; ``m`` stays unknown."""
    if len(unit) == 2 and unit[1] in "mM" and unit[0].lower() in _EXPONENTS:
        return f"{unit[0].lower()}M"
    return unit
