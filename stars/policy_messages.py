"""What is wrong with a policy document, as sentences: what is wrong, and what to write instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from governance.policy import PolicyErrors, Problem

UNITS: Mapping[str, Promise] = {
    "points": _("points"),
    "percent": _("percent"),
    "money": _("money"),
    "count": _("a whole number"),
    "star": _("stars"),
    "word": _("a word of a scale"),
    "yesno": _("yes or no"),
    "number": _("a number"),
}

LEVELS: Mapping[str, Promise] = {
    "the head": _("the head of the document"),
    "a parameter": _("a parameter"),
    "tenure": _("the tenure chapter"),
    "a sheet": _("a sheet"),
    "an indicator": _("an indicator"),
    "an event item": _("an item of an event list"),
    "a linked value": _("a linked value"),
    "a step": _("a step"),
}

SENTENCES: Mapping[str, Promise] = {
    # the text
    "too_long": _("The document has %(bytes)s bytes; at most %(limit)s are allowed. Shorten it."),
    "not_utf8": _("The file is not UTF-8 text (byte %(position)s). Save it as UTF-8."),
    "yaml_syntax": _("Line %(line)s is not valid YAML (%(problem)s). Check indentation, colons and brackets there."),
    "yaml_feature": _(
        "Line %(line)s uses an anchor, alias, tag or second document, which policies may not. Write the value out."
    ),
    "duplicate_key": _("This key occurs twice (line %(line)s). Keep one of the two."),
    "too_deep": _("The document is nested more than %(limit)s deep here. Flatten it."),
    "bad_date": _("%(value)s is not a day of the calendar. Write a date such as 2025-01-31."),
    "unknown_grammar": _("The grammar “%(value)s” is not known here. Write one of: %(known)s."),
    # keys and simple values
    "not_a_mapping": _("Keys with values are expected here. Write “key: value” lines."),
    "not_a_list": _("A list is expected here. Write it in square brackets or with dashes."),
    "empty": _("Nothing stands here. Fill it in or take the key out."),
    "missing_key": _("“%(key)s” is missing. Add it."),
    "unknown_key": _("“%(key)s” is not a key that may stand here. Take it out or correct it (nearest: “%(nearest)s”)."),
    "wrong_level": _("“%(key)s” belongs to %(home)s and not here. Move it there."),
    "bad_name": _(
        "“%(name)s” can't be a name. Use small Latin letters, digits and _, a letter first, at most %(limit)s letters."
    ),
    "reserved_name": _("“%(name)s” has a meaning of its own in the grammar. Choose another name."),
    "name_taken": _("“%(name)s” is already the name of a sheet. Give the step another name."),
    "bad_code": _("“%(value)s” can't be a code. Use small Latin letters, digits and hyphens, at most 60 letters."),
    "not_text": _("A text is expected here. Write it; in quotation marks if it looks like a number."),
    "text_too_long": _("This text is longer than %(limit)s letters. Shorten it."),
    "not_one_of": _("“%(value)s” is not possible here. Write one of: %(allowed)s."),
    "not_yes_no": _("“true” or “false” is expected here."),
    "not_a_date": _("A date is expected here, such as 2025-01-31."),
    "not_whole_between": _("A whole number from %(low)s to %(high)s is expected here."),
    "not_a_number": _("A number in %(unit)s is expected here."),
    "not_a_number_or_parameter": _(
        "“%(value)s” is neither a number nor a parameter. A parameter is written with $ before its name."
    ),
    "number_too_large": _("This number is too large. The most is 100,000,000,000."),
    "too_many_decimals": _("%(value)s has more decimals than %(unit)s can have. Round it."),
    "out_of_range": _("%(value)s lies outside %(low)s to %(high)s. Correct it."),
    "too_few": _("At least %(least)s are needed here, %(found)s stand here. Add the rest."),
    "too_many": _("At most %(most)s may stand here, there are %(found)s. Take some out."),
    # names that lead nowhere
    "unknown_parameter": _("There is no parameter “%(name)s”. Define it under parameters, with its source, or correct the name."),
    "wrong_unit": _("Parameter “%(name)s” is in %(unit)s; %(wanted)s is needed here. Use another parameter or correct its unit."),
    "unknown_word": _("“%(word)s” is not a word of the scale “%(scale)s”. Use one of its words or add it under scales."),
    "word_in_two_scales": _("“%(word)s” is already a word of the scale “%(other)s”. Give it another name in one of them."),
    "unknown_scale": _("There is no scale “%(name)s”. Define it under scales or correct the name."),
    "unknown_name": _("Nothing is called “%(name)s”. Correct the name, or define the sheet, step or input."),
    "not_a_reference": _("The name of a step, sheet or input is expected here, not “%(value)s”."),
    "not_so_far_back": _("“%(name)s” is known only %(years_back)s periods back. Raise its years_back or ask for less."),
    "several_periods": _(
        "The sheet “%(name)s” has %(periods)s periods a rating. Take its mean or tally first and name that step."
    ),
    "not_a_sheet": _("“%(name)s” is not a sheet. Name a sheet, or write a list of steps."),
    "not_history": _("“%(name)s” is not an earlier result. Name one of the history chapter."),
    "not_yes_no_step": _("“%(name)s” doesn't answer yes or no. Name a step of the kind test."),
    # inputs
    "nobody_files": _("Nobody files this. Say with filed_by who does: village, township or county."),
    "sheet_longer_than_policy": _("This sheet's period (%(sheet)s) is longer than the policy's (%(policy)s). Shorten it."),
    "not_an_earlier_sheet": _("“%(name)s” is no sheet that stands above this one. Name one that does."),
    "bad_day_rule": _(
        "A day is written as {after: start or end, working_days: n} or {after: start or end, days: n}. Correct it."
    ),
    "days_out_of_order": _("A sheet opens before it is due, and locks no earlier than that. Correct the days."),
    "part_needs_roster_word": _(
        "“%(name)s” is not a word that the roster holds. Name a roster entry with a scale, such as village_type."
    ),
    "points_and_up_to": _("An item has fixed points or a maximum, not both. Take out points or up_to."),
    "scale_or_unit": _("Say what it is: either scale (a word) or unit (a number), not both."),
    "star_needs_max": _("Stars need their highest number here. Add max."),
    "bad_bounds": _("min and max do not fit together or go too far. Correct them."),
    "decide_comes_last": _("The stages end with exactly one “decide”. Correct the list."),
    # steps
    "one_kind": _("A step has exactly one kind; found: %(found)s. Keep one of: %(kinds)s."),
    "cycle": _("These steps need one another in a circle: %(steps)s. Break it at one of them."),
    "mixed_types": _("%(found)s can't be put together with %(wanted)s. Use values of one kind."),
    "wrong_type": _("This is %(found)s; needed is: %(wanted)s."),
    "unit_missing": _("Say with “unit” what the numbers are: star, points, percent, money or count."),
    "unit_of_words": _("Words have no unit. Take “unit” out."),
    "too_large": _("The result could become too large to stay exact. Set a cap, or a max where the inputs are declared."),
    "star_below_zero": _("Stars could fall to %(low)s. Set floor: 0."),
    "star_without_cap": _("Stars could rise to %(high)s. Set a cap of at most 100."),
    "paid_too_much": _("More than 20,000,000 yuan could be paid to one person. Lower the amounts."),
    "only_numbers": _("Only plain numbers stand here. Name at least one step or input."),
    "needs_two": _("Exactly two values are needed here."),
    "needs_one_or_two": _("A table reads one or two values."),
    "no_product": _("%(one)s times %(other)s has no meaning. One of them must be a percentage or a whole number."),
    "cap_below_floor": _("The cap lies below the floor. Correct one of them."),
    "weigh_needs_two": _("At least two values with their weights are needed here."),
    "weights_not_100": _("The weights sum to %(sum)s and not to 100. Correct them."),
    "weight_not_above_zero": _("A weight lies above 0. Correct it or take the value out."),
    "bands_overlap": _("Two bands begin at the same number. Correct one of them."),
    "bands_not_falling": _("Bands are written from the highest floor down. Put them in that order."),
    "band_leaves_hole": _(
        "The value can be as low as %(low)s, but the last band begins at %(floor)s. Let it begin at %(low)s or lower."
    ),
    "missing_row": _("Rows are missing for: %(keys)s. Add them."),
    "row_never_met": _("“%(key)s” never occurs here, or occurs twice. Take the row out or correct it."),
    "rows_differ": _("The inner rows of a table all have the same keys. Make them the same."),
    "table_too_long": _("A table reads at most 101 values; here are %(low)s to %(high)s. Set a cap or a max, or use a band."),
    "first_tier_not_zero": _("The first tier begins at 0. Correct it."),
    "tiers_not_rising": _("Tiers are written from the lowest up. Put them in that order."),
    "bad_condition": _("A condition is one key, such as {at_least: {score: 90}}, or the name of a test. Correct it."),
    "eligible_on_sheets": _(
        "“%(name)s” is filed during the year; who is eligible is told by roster, facts, history, linked values or events."
    ),
    "only_for_periods": _("“%(key)s” is possible only where earlier periods are counted (history or facts). Take it out."),
    "only_for_history": _("and_now is possible only with history. Take it out."),
    "one_of_three": _("Exactly one of %(keys)s is needed here."),
    "at_most_or_rows": _("A split has either at_most (ceilings of words) or rows (shares), not both."),
    "best_of_words": _("Words are ordered by their scale. Take “best” out."),
    "ceiling_of_worst": _("“%(word)s” is the worst word; nobody can be moved below it. Take its ceiling out."),
    "one_rest": _("Exactly one row is the rest (rest: true); found: %(found)s."),
    "rest_is_true": _("The rest is written “rest: true”."),
    "share_count_or_rest": _("A row has gives, and exactly one of share, count and rest."),
    # burden rules
    "burden_check_in": _("“%(text)s” asks for checking in, which %(clause)s forbids. Assess what was achieved instead."),
    "burden_online_time": _("“%(text)s” asks for hours online, which %(clause)s forbids. Assess what was achieved instead."),
    "burden_likes": _("“%(text)s” counts likes or forwards, which %(clause)s forbids. Take it out."),
    "burden_photos": _("“%(text)s” asks for photos or screenshots as proof, which %(clause)s forbids. Take it out."),
    "burden_log_in": _("“%(text)s” counts log-ins, which %(clause)s forbids. Take it out."),
    "ranking_unauthorised": _(
        "A ranking needs a document that allows it (%(clause)s). Name it with authorised_by, or take the ranking out."
    ),
    "known_already": _(
        "“%(text)s” is known to the system (%(source)s), and %(clause)s forbids asking for it again. Add fact: %(source)s, or take it out."
    ),
    "veto_unauthorised": _(
        "A veto needs a document that allows it (%(clause)s). Name it with authorised_by, or take the veto out."
    ),
}


def sentence(problem: Problem) -> str:
    said = str(SENTENCES[problem.code]) % {key: _shown(key, value) for key, value in problem.params.items()}
    if exception := problem.params.get("exception"):
        said += gettext(" The clause lets pass: %(exception)s; an exception is recorded by name, with reason and document.") % {
            "exception": exception
        }
    return said


def refusals(errors: PolicyErrors) -> list[dict[str, str]]:
    """Every mistake as a page, an API answer or a command shows it: its key, its code, its sentence."""
    return [{"path": one.path, "code": one.code, "message": sentence(one)} for one in errors.problems]


def spoken(errors: PolicyErrors) -> list[str]:
    """A line for each mistake: at which key, what is wrong, what to write instead."""
    return [f"{one['path']}: {one['message']}" if one["path"] else one["message"] for one in refusals(errors)]


def _shown(key: str, value: Any) -> Any:
    if key == "home":
        return "、".join(str(LEVELS[level]) for level in value.split(", "))
    if key in {"unit", "wanted", "found", "one", "other"} and isinstance(value, str):
        return "、".join(str(UNITS.get(unit, unit)) for unit in value.split(", "))
    return value
