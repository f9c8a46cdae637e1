"""The trust of nine people with what the definitions of an unexpected death need to be told apart.

========  =========================  ==============================================================
who       cause                      what else is on record
========  =========================  ==============================================================
Ann       X80, final                 category 3 days after the report, the day its assessment ended;
                                     referred to the coroner, inquest opened
Bob       X42, awaiting inquest      category 4 days after the report, 2 after the assessment;
                                     discharged on the day of death
Cora      I21, final                 discharged in March 2012
Eve       J18, final                 expected, recorded on the day of death; referred to the
                                     coroner; a second incident says unexpected
Finn      none                       category 17 days after the report
Iris      R99 (not known), final     day of the category not recorded
========  =========================  ==============================================================
"""

from trusts import LD, Trust, number

CAUSES = {
    "C1": ("X80", "Final"), "C2": ("X42", "Awaiting inquest"), "C3": ("I21", "Final"),
    "C4": ("J18", "Final"), "C5": ("J18", "Final"), "C9": ("R99", "Final"),
}  # fmt: skip
LATER = {  # category recorded, referral, inquest
    "W1": ("14/05/2012", "12/05/2012", "01/06/2012"),
    "W2": ("25/08/2012", "", ""),
    "W3": ("31/03/2013", "02/04/2013", ""),
    "W4": ("20/04/2013", "", ""),
}
SECOND = (
    f"W8,Patient,{number(5)},05/05/1955,Eames,Eve,Female,{LD},31/03/2013,10/04/2013,"
    "No,,,,,,,,SYNTHETIC"
)
WALK = """\
version,trust_category,cause,mazars,note
1,expected,natural,EN1|EN2,
1,expected,unnatural,EU,
1,expected,unknown,EN1|EN2|EU,
1,unexpected,natural,UN1|UN2,
1,unexpected,unnatural,UU,
1,unexpected,unknown,UN1|UN2|UU,
1,not known,natural,not mappable,
1,not known,unnatural,not mappable,
1,not known,unknown,not mappable,
1,not reported,natural,not mappable,
1,not reported,unnatural,not mappable,
1,not reported,unknown,not mappable,
"""
MORE = """\
crosswalk: walk.csv
maturity: {register: ulysses, event: incident_occurred, known: incident_reported, cannot_show: Why}
indicators:
  - {id: unexpected_of_deaths, label: Unexpected of deaths, numerator: unexpected,
     denominator: deaths, claim_type: process, definition: One., cannot_show: Why.,
     sentence: '{numerator} of {denominator}'}
  - {id: reported_share, label: Reported, numerator: reported, denominator: deaths,
     claim_type: process, definition: Two., cannot_show: Why.,
     sentence: '{numerator} of {denominator}'}
  - {id: open_share, label: Open, numerator: state_open, denominator: investigated,
     claim_type: process, definition: Three., cannot_show: Why.,
     sentence: '{numerator} of {denominator}'}
"""


def told(home):
    """Return the trust with these columns; nothing is read before it is started."""
    trust = Trust(home)
    trust.edit(
        "      inpatient_at_death: {from: In-patient}\n",
        "      inpatient_at_death: {from: In-patient}\n"
        "      underlying_icd10: {from: Cause}\n"
        "      cause_status: {from: Settled, map: {Final: final, Nothing: unknown, "
        "Awaiting inquest: awaiting inquest}}\n",
    )
    trust.edit(
        "      panel_outcome:",
        "      expectedness_recorded_at: {from: Category Recorded}\n      panel_outcome:",
    )
    trust.edit(
        "      ima_started: {from: IMA Start}\n",
        "      ima_started: {from: IMA Start}\n"
        "      coroner_referral: {from: Referral}\n      inquest_opened: {from: Inquest}\n",
    )
    trust.case += MORE
    trust.put("2012-13", 4, "Last Discharge", "01/03/2012")
    trust.put("2012-13", 3, "Last Discharge", "20/08/2012")
    for sheet, rows in trust.patients.items():
        trust.headers[sheet] += ["Cause", "Settled"]
        for row in rows:
            row += CAUSES.get(row[0], ("", "Nothing"))
    head, *lines = [*trust.ulysses, SECOND]
    trust.ulysses = [f"{head},Category Recorded,Referral,Inquest"]
    trust.ulysses += [
        ",".join([line, *LATER.get(line.split(",")[0], ("", "", ""))]) for line in lines
    ]
    (trust.folder / "walk.csv").write_text(WALK, encoding="utf-8")
    return trust
