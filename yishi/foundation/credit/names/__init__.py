"""Names of listed subjects, found although they are written a little differently.

A pure library: names come in, a folder with an index comes out, which any process opens by memory
map. A name alone never decides anything: what is found is for a person to look at.
"""

from yishi.foundation.credit.names.building import build
from yishi.foundation.credit.names.folders import IndexRefused
from yishi.foundation.credit.names.index import Index, Match
from yishi.foundation.credit.names.normalising import Norm, normalise

__all__ = ["Index", "IndexRefused", "Match", "Norm", "build", "normalise"]
