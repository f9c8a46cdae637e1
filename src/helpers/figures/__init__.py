"""One function a figure: tidy frame in, matplotlib figure out; nothing is computed here.

Every artist that carries data has a label, so that what was drawn can be read back and compared;
artists without one are decoration. Colours are those of Okabe and Ito, told apart by people with
any common form of colour blindness; line styles and markers differ as well.

- :func:`trend`: a value with its interval by year, one panel a series, breaks marked.
- :func:`lines`: counts by year, one panel a series, each on its own scale.
- :func:`stacked`: the parts of a whole by year.
- :func:`intervals`: values with intervals, one row a stratum.
- :func:`funnel_plot`: units against their size with both sets of limits.
- :func:`shrunken`: values of units, raw and drawn towards what all have in common.
- :func:`curves`: shares reached by time, one panel an interval.
- :func:`medians`: median days by year, one panel an interval.
- :func:`occupied`, :func:`where_time_went`: who was in which stage, and for how long.
- :func:`ended`: how investigations had ended by each day.
- :func:`within_limit`: the share within each time limit.
- :func:`backlog`: what was open at the end of each period, by age.
- :func:`timeline`: the days of one death, for internal use.
- :func:`forest`: odds ratios on a log scale.
- :func:`steps`: standardised shares at each step of a chain of models.
- :func:`bent`: the share expected over the values of a number, as a curve and as a line.
- :func:`calibration_plot`: observed against expected shares of a model.
- :func:`traces`: what each chain of an imputation put in.
- :func:`left_out`: an estimate without each service, year or team in turn.
- :func:`control_chart`, :func:`rare_chart`: periods, or rare events, against their limits.
- :func:`cusum_chart`: a score that watches for a rise.
- :func:`trend_chart`: a fitted line, interrupted at declared changes.
- :func:`icon_array`: of equal marks, how many reached each step.
- :func:`specification_curve`: a value under every combination of choices.
- :func:`capture_range`: how many there may be, model by model.
- :func:`beside`: crude beside standardised rates by year.
- :func:`parts`: the two parts of a change, by stratum and all together.
- :func:`changes`: differences of shares between two periods.
- :func:`triangle_plot`: when deaths became known, immature periods marked.
- :func:`two_bases`: deaths reviewed by quarter of death, and by quarter of the review.
- :func:`mix`: shares as counted beside those standardised; :func:`index`: a share of each
  provider.
- :func:`flow`: from what was read to what is counted, each exclusion named.
"""

from helpers.figures.backlog import backlog
from helpers.figures.charts import control_chart, cusum_chart, rare_chart, trend_chart
from helpers.figures.completeness import capture_range, triangle_plot
from helpers.figures.definitions import specification_curve
from helpers.figures.flow import flow
from helpers.figures.funnels import funnel_plot, shrunken
from helpers.figures.icons import icon_array
from helpers.figures.imputation import traces
from helpers.figures.limits import within_limit
from helpers.figures.model_fit import calibration_plot
from helpers.figures.models import bent, forest, steps
from helpers.figures.parts import beside, parts
from helpers.figures.providers import index, mix
from helpers.figures.rates import intervals, lines, stacked, trend
from helpers.figures.specification import left_out
from helpers.figures.stages import ended, occupied, timeline, where_time_went
from helpers.figures.times import curves, medians
from helpers.figures.two_bases import two_bases
from helpers.figures.two_periods import changes

__all__ = [
    "backlog",
    "bent",
    "beside",
    "calibration_plot",
    "changes",
    "capture_range",
    "control_chart",
    "curves",
    "cusum_chart",
    "ended",
    "flow",
    "forest",
    "funnel_plot",
    "icon_array",
    "index",
    "intervals",
    "left_out",
    "lines",
    "medians",
    "mix",
    "occupied",
    "parts",
    "rare_chart",
    "shrunken",
    "specification_curve",
    "stacked",
    "steps",
    "timeline",
    "traces",
    "trend",
    "trend_chart",
    "triangle_plot",
    "two_bases",
    "where_time_went",
    "within_limit",
]
