"""Files of another trust, made by hand and not by the generator: other headers, sheets and words.

Nobody in them lived: NHS numbers are of the range 999, which is never issued.

By hand, of the 11 rows of the list of deaths: 8 people counted; one (P9) whose last contact was
more than 12 months before; one (P10) whose date of death is to be confirmed; one row that repeats
P3.

Of the 11 rows of incidents: 7 linked to deaths of the list by NHS number and date of birth (two of
them to P1); one (W107) whose number is that of P7 and whose name and date of birth are another's,
which is a question to a person; one about somebody who is not in the list; one about a member of
staff; and a total row.

Deaths reported: P1, P2, P3, P5, P6, P8, and P7 once a person has said so. Unexpected: P1, P2, P5,
P6, and P7. Investigated: P1 and P6 as serious incidents, P5 by a comprehensive review.
"""

from datetime import datetime

from openpyxl import Workbook


def nhs(stem):
    """Give a number of the range 999 its check digit: weights 10 to 2, by eleven."""
    digits = f"999{stem:06}"
    left = 11 - sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=True)) % 11
    assert left != 10, "a number that was never given out; take another stem"
    return digits + str(left % 11)


PEOPLE = {  # surname, forename, born, sex, died, directorate, team, last contact
    "P1": (
        "Ashdown",
        "Rowan",
        "14/02/1971",
        "Male",
        "14-May-2016",
        "Adult MH – North",
        "01/05/2016",
    ),
    "P2": (
        "Birkett",
        "Elowen",
        "03/09/1984",
        "Female",
        "03-Jun-2016",
        "Adult MH – North",
        "25/05/2016",
    ),
    "P3": ("Calloway", "Zoë", "21/12/1935", "Female", "21-Sep-2016", "Older People", "18/09/2016"),
    "P4": ("Dunmore", "Piers", "08/08/1931", "Male", "30-Nov-2016", "Older People", "29/10/2016"),
    "P5": ("Everley", "Maud", "17/01/1962", "Female", "17-Jan-2017", "LD & Autism", "02/01/2017"),
    "P6": (
        "Fenwick",
        "Jory",
        "30/06/1990",
        "Male",
        "05-May-2017",
        "Adult MH – South",
        "04/05/2017",
    ),
    "P7": (
        "Garside",
        "Tamsin",
        "11/04/1978",
        "Female",
        "12-Aug-2017",
        "Adult MH – South",
        "30/07/2017",
    ),
    "P8": ("Holloway", "Edwin", "26/10/1940", "Male", "28-Dec-2017", "Older People", "13/12/2017"),
    "P9": ("Inkpen", "Sabra", "19/03/1929", "Female", "09-Feb-2018", "Older People", "15/01/2017"),
    "P10": ("Jessop", "Ivo", "22/07/1955", "Male", "tbc", "Older People", "16/02/2018"),
}
STEMS = dict(zip(PEOPLE, (104, 215, 326, 437, 548, 662, 772, 883, 994, 1001), strict=True))
NOTE = (
    "Seen at home with her daughter on the afternoon before; said that she had slept badly and "
    "that the new tablets did not agree with her. Plan number {}: ring again on Monday."
)


def number(person):
    """Give the invented NHS number of a person."""
    return nhs(STEMS[person])


def deaths():
    """Give the list of deaths as a CSV file in Windows-1252 sends it."""
    lines = [
        "RiO ID,NHS No,Surname,Forename,D.O.B.,Gender,Date of death,Directorate,Last contact,"
        "Discharge date,Case notes"
    ]
    for n, person in enumerate([*PEOPLE, "P3"], start=1):
        surname, forename, born, sex, died, where, contact = PEOPLE[person]
        shown = f"{number(person)[:3]} {number(person)[3:6]} {number(person)[6:]}"
        lines.append(
            f'R{person},{shown},{surname},{forename},{born},{sex},{died},{where},{contact},,"'
            f'{NOTE.format(n)}"'
        )
    return ("\r\n".join(lines) + "\r\n").encode("cp1252")


FIRST = [
    "Ref",
    "Incident date",
    "Reported date",
    "Person affected",
    "NHS no.",
    "DOB",
    "Surname",
    "Forename",
    "Directorate",
    "Severity",
    "Expected/Unexpected",
    "Level of investigation",
    "Date opened",
    "Date closed",
    "Handler",
    "Description",
    "Approval status",
    "Risk score",
]
SECOND = [
    "Datix Ref",
    "Date of incident",
    "Date reported",
    "Person type",
    "NHS Number",
    "Date of Birth",
    "Last name",
    "First name",
    "Care Group",
    "Severity",
    "Expected?",
    "Level of investigation",
    "Date opened",
    "Date closed",
    "Description",
]
# person, incident (text), reported (native), type, expected, level, opened (text), closed (native)
NORTH = [
    (
        "W101",
        "P1",
        "14/05/2016",
        datetime(2016, 5, 16),
        "Patient",
        "Unexpected",
        "Serious incident",
        "05/06/2016",
        datetime(2016, 12, 1),
    ),
    (
        "W102",
        "P1",
        "15/05/2016",
        datetime(2016, 5, 20),
        "Patient",
        "Unexpected",
        "No further investigation",
        "06/06/2016",
        None,
    ),
    (
        "W103",
        "P2",
        "03/06/2016",
        datetime(2016, 6, 6),
        "Patient",
        "Unexpected",
        "No further investigation",
        "07/06/2016",
        None,
    ),
    (
        "W104",
        "P3",
        "21/09/2016",
        datetime(2016, 9, 22),
        "Service user",
        "Expected",
        "No further investigation",
        "01/10/2016",
        None,
    ),
    (
        "W105",
        None,
        "13/10/2016",
        datetime(2016, 10, 14),
        "Member of staff",
        "Unexpected",
        "No further investigation",
        "02/11/2016",
        None,
    ),
    (
        "W106",
        "P6",
        "05/05/2017",
        datetime(2017, 5, 5),
        "Patient",
        "Unexpected",
        "Serious incident",
        "09/05/2017",
        None,
    ),
    (
        "W107",
        "P7",
        "12/08/2017",
        datetime(2017, 8, 14),
        "Patient",
        "Unexpected",
        "Under review",
        "03/09/2017",
        None,
    ),
]
SOUTH = [
    (
        "D201",
        "P5",
        "17/01/2017",
        datetime(2017, 1, 19),
        "Patient",
        "Unexpected",
        "Comprehensive review",
        "02/02/2017",
        datetime(2017, 9, 29),
    ),
    (
        "D202",
        "P8",
        "28/12/2017",
        datetime(2018, 1, 2),
        "Patient",
        "Expected",
        "No further investigation",
        "03/01/2018",
        None,
    ),
    (
        "D203",
        "elsewhere",
        "23/02/2018",
        datetime(2018, 2, 26),
        "Patient",
        "Unexpected",
        "Under review",
        "01/03/2018",
        None,
    ),
]
WHERE = {
    "P1": "AMH North locality",
    "P2": "AMH North locality",
    "P3": "OPMH",
    "P5": "LD and Autism",
    "P6": "AMH South locality",
    "P7": "AMH South locality",
    "P8": "OPMH",
    "elsewhere": "OPMH",
    None: "OPMH",
}


def _identity(person):
    if person is None:
        return "", "", "", ""
    if person == "elsewhere":
        return nhs(2346), datetime(1948, 3, 7), "Kestrel", "Anwen"
    surname, forename, born, *_ = PEOPLE[person]
    day = datetime.strptime(born, "%d/%m/%Y")  # noqa: DTZ007 - a day
    return number(person), day, surname, forename


def _description(ref):
    return (
        f"The team was told by telephone that the person had died ({ref}). The duty manager and "
        "the family were informed; care notes were secured that evening."
    )


def _cells(row, *, handler):
    ref, person, incident, reported, kind, expected, level, opened, closed = row
    who, born, surname, forename = _identity(person)
    if ref == "W107":  # the number is right; the rest was taken from another record
        born, surname, forename = datetime(1987, 11, 4), "Marsh", "Odette"
    cells = [
        ref,
        incident,
        reported,
        kind,
        who,
        born,
        surname,
        forename,
        WHERE[person],
        "5 - Death",
        expected,
        level,
        opened,
        closed,
    ]
    tail = ["M. Handler", _description(ref), "Finally approved", 12 + int(ref[1:]) % 5]
    return [*cells, *(tail if handler else [_description(ref)])]


def incidents(path):
    """Write the export of the incident system: two sheets of two kinds, a hidden one, totals."""
    book = Workbook()
    first = book.active
    first.title = "Mental Health"
    first["A1"] = "Deaths reported on the incident system, April 2016 to March 2018"
    first.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(FIRST))
    first.append([])
    first.append(FIRST)
    for row in NORTH:
        first.append(_cells(row, handler=True))
    first.append(["Total", len(NORTH)])
    second = book.create_sheet("Community & LD")
    second.append(SECOND)
    for row in SOUTH:
        second.append(_cells(row, handler=False))
    old = book.create_sheet("Archive 2009")
    old.append(FIRST)
    old.append(_cells(NORTH[0], handler=True))
    old.sheet_state = "hidden"
    lists = book.create_sheet("Lists")
    for code, meaning in [(1, "green"), (2, "amber"), (3, "red")]:
        lists.append([code, meaning])
    book.save(path)
