"""The laws of service time and of clocks, to be run on rules of your own; needs the extra `testing`.

One call answers a class of tests, each law a test by name:

    from svcdelivery.testing import rule_laws

    TestOfficeHours = rule_laws(hours=OFFICE)
    TestAcme = rule_laws(agreement=load_agreement("acme.yaml"))
"""

from __future__ import annotations

from svcdelivery.testing.laws.law import Draw, Law, LawBrokenError
from svcdelivery.testing.laws.of_clocks import LAWS_OF_CLOCKS, Case
from svcdelivery.testing.laws.of_hours import LAWS_OF_HOURS, Calendar
from svcdelivery.testing.laws.suite import rule_laws

__all__ = ["LAWS_OF_CLOCKS", "LAWS_OF_HOURS", "Calendar", "Case", "Draw", "Law", "LawBrokenError", "rule_laws"]
