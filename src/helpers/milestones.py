"""The days that records hold, in the words that readers see.

- :data:`MILESTONES`: each milestone of the canonical table in words.
- :func:`words`: a milestone in words.
"""

from __future__ import annotations

MILESTONES = {
    "death": "death",
    "trust_knew": "the trust knew",
    "incident_occurred": "incident occurred",
    "identified": "incident identified",
    "incident_reported": "reported as an incident",
    "ima_started": "initial assessment begun",
    "ima_completed": "initial assessment completed",
    "panel_decision": "decision of the panel",
    "si_declared": "serious incident declared",
    "steis_logged": "logged as a serious incident",
    "report_72h": "initial review shared",
    "investigator_appointed": "investigator appointed",
    "commissioned_independent": "independent investigation commissioned",
    "family_informed": "family informed",
    "family_contacted": "family contacted",
    "doc_verbal": "family told in person",
    "doc_written": "family written to",
    "draft_report": "draft report",
    "final_report_internal": "final report",
    "report_to_commissioner": "report to the commissioner",
    "commissioner_feedback": "feedback of the commissioner",
    "si_closed": "investigation closed",
    "report_shared_family": "report shared with the family",
    "action_plan": "plan of action",
    "actions_complete": "actions completed",
    "coroner_referral": "referred to the coroner",
    "inquest_opened": "inquest opened",
    "inquest_concluded": "inquest concluded",
    "pfd_issued": "report to prevent future deaths",
    "pfd_response": "response to the report",
    "leder_notified": "notified to LeDeR",
    "leder_completed": "LeDeR review completed",
    "me_scrutiny": "scrutiny by a medical examiner",
    "cqc_notified": "notified to the Care Quality Commission",
    "registration": "death registered",
    "opened": "investigation opened",
    "concluded": "inquest concluded",
    "report": "report",
    "added": "added to the register",
}
"""Milestones in the words of the exhibits; others are shown by their name."""


def words(milestone: str) -> str:
    """Return a milestone in words.

    Parameters
    ----------
    milestone : str
        As the table ``milestones`` names it.

    Returns
    -------
    str
        Its words; of one that has none, its name without underscores.

    Examples
    --------
    >>> words("final_report_internal"), words("si_closed")
    ('final report', 'investigation closed')
    """
    return MILESTONES.get(milestone, milestone.replace("_", " "))
