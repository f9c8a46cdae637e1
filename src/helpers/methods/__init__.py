"""Pure statistics: arrays and tidy frames in, tidy frames out.

Nothing here reads a file, draws, prints or keeps state, and nothing depends on any other
part of the suite. Modules are imported one by one, so that a page which needs a proportion
does not pay for a regression.

Modules
-------
proportions
    ``wilson``, ``clopper_pearson``, ``poisson_limits``, ``proportion``, ``rate``.
rates
    ``ratio_of_rates``, ``difference_of_rates``, ``p_value_of_ratio``, ``compare_rates``.
small_numbers
    ``SmallNumbers``, ``apply``: rates of few events, not shown or marked.
change
    ``difference_of_proportions``, ``ratio_of_proportions``, ``compare``, ``first_to_last``.
standardise
    ``direct``, ``indirect``.
decompose
    ``kitagawa``.
funnel, spread
    ``limits``, ``dispersion``, ``funnel``; ``limit_curves``, ``dispersion_table``, ``outside``.
shrinkage
    ``gamma_poisson``, ``beta_binomial``.
xmr, attribute_charts, rare_events, run_rules
    ``xmr``, ``verdicts``; ``attribute_chart``; ``gaps``, ``t_chart``, ``g_chart``; ``runs``.
sequential, false_alarms
    ``cusum``, ``sprt``, ``max_sprt``; ``false_alarms``, ``threshold_for``, ``detection``,
    ``max_sprt_critical``.
trend, changes
    ``trend``, ``trends``, ``fitted``, ``homogeneity``; ``step_changes``, ``fitted_steps``,
    ``seasonality``.
capture, maturity
    ``chapman``, ``three_sources``, ``span``; ``triangle``, ``delay_distribution``,
    ``completeness``.
survival
    ``kaplan_meier``, ``quantiles``, ``share_by``, ``restricted_mean``, ``log_rank``,
    ``day_counts``.
competing
    ``aalen_johansen``, ``incidence_at``, ``incidence_quantiles``, ``gray_test``.
stages, completed_only
    ``occupation``, ``time_in_stages``; ``completed_only``: what a mean of finished records hides.
compliance
    ``compliance``, ``one_row``: the share within a limit, with records still open.
cox, hazards_test, fine_gray
    ``cox``, ``global_tests``, ``joint_tests``, ``baseline_hazard``, ``predicted_survival``,
    ``residuals``, ``concordance``; ``proportional_hazards_test``, ``schoenfeld_residuals``;
    ``fine_gray``, ``predicted_incidence``.
hazard_reading, pace, immortal_time
    ``standardised_probability``, ``probability_difference``, ``standardised_days``; ``pace``;
    ``landmark``, ``refuse_immortal_time``.
banded, nowcast
    ``banded_mean``, ``banded_quantiles``, ``against_published``, ``beside_published``,
    ``agreement``, ``open_band_value``, ``life_table``, ``turnbull``, ``stock_and_flow``;
    ``nowcast``, ``nowcast_total``, ``factors``.
count_models
    ``families``, ``overdispersion``, ``profile_limits``.
regression
    ``logistic``, ``joint_tests``, ``average_marginal_effects``, ``predicted``,
    ``cluster_bootstrap``.
clustered, matched
    ``gee``, ``random_intercept``: beside the logistic regression of clustered rows;
    ``conditional_logistic``: matched sets.
missing_data
    ``missingness``, ``missing_patterns``, ``impute``, ``diagnostics``, ``fit_each``, ``pool``,
    ``joint_test``, ``beside_complete``; ``tilt``, ``tipping_point``, ``outcome_bounds``.
adjust
    ``benjamini_hochberg``.
model_fit
    ``calibration_table``, ``calibration``, ``hosmer_lemeshow``, ``discrimination``,
    ``fit_statistics``, ``residuals``, ``influence``, ``held_out``, ``reading``.
unmeasured, misclassified
    ``e_values``, ``e_value``, ``to_risk_ratio``, ``bounding_factor``, ``bounding_table``,
    ``reading``; ``corrected``, ``corrected_comparison``, ``bias_analysis``,
    ``adjusted_bias_analysis``, ``reading``.
specification
    ``specifications``, ``summary``, ``by_choice``, ``leave_one_out``.
agreement
    ``coefficients``, ``pairwise``, ``confusion``, ``prevalence_and_bias``, ``in_convention``,
    ``icc``, ``spearman_brown``, ``reviewers_needed``, ``subjects_needed``,
    ``subjects_from_pilot``: how far reviewers of the same records agree.
sampling
    ``frame_hash``, ``random_numbers``, ``allocate``, ``sample_size``, ``draw``, ``replace``,
    ``replay``, ``tally``, ``stratified_share``, ``stratified_mean``: samples of deaths for review.
pairs
    ``coded``, ``within``, ``random_pairs``, ``comparisons``: two lists about the same people.
linkage
    ``patterns``, ``shares``, ``estimate``, ``weights``, ``score``, ``probability``,
    ``error_rates``: which pairs of records are of one person.

Columns shared by every result
------------------------------
``numerator``, ``denominator``
    The two counts behind the estimate.
``value``, ``low``, ``high``
    The estimate and its limits.
``level``, ``method``
    The confidence level and the exact convention, in words.

Missing counts (not collected) give missing results and keep their row. Input that cannot be
right, such as more events than records, is refused with a ``ValueError`` that names the rows.
"""
