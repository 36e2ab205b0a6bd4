"""What can be wrong with a flow, as codes with their sentences (`core.problems.Mistake`)."""

from __future__ import annotations

from core.problems import Mistake


class FlowMistake(Mistake):
    NOT_A_FLOW = "a flow is a mapping with `flow`, `name`, `start` and `steps`"
    NOT_COMPARABLE = "nothing can be compared with this: give a number"
    NO_STEPS = "a flow needs at least one step"
    NO_VERB = "the step “{name}” needs a `verb`: one of {verbs}"
    UNKNOWN_VERB = "there is no verb “{name}”"
    UNKNOWN_VERB_ONE_OF = "there is no verb “{name}”; the verbs are {verbs}"

    # between steps
    UNKNOWN_START = "`start` names the step “{name}”, which does not exist"
    UNKNOWN_STEP = "there is no step “{name}”"
    STEP_UNREACHABLE = "no way leads to the step “{name}”"
    UNKNOWN_VARIABLE = "the variable “{name}” is neither standard nor declared under `variables` nor set"
    SECRET_SPOKEN = "the secret “{name}” cannot be spoken: prompts are kept as files"
    SECRET_USED = "only `branch` and `set` may use the secret “{name}”"
    ENDLESS = "this goes round for ever while the caller does nothing: {way}"

    # what a caller is asked
    ASKS_NOTHING = "this step asks nothing: give it an `ask` or an `ask_file`"
    NO_WAY_WITHOUT_MATCH = "this step does not say where to go when no answer fits: give it `no_match` or `otherwise`"
    NO_WAY_WITHOUT_INPUT = "this step does not say where to go when the caller stays silent: give it `no_input` or `otherwise`"
    OTHERWISE_NEVER_TAKEN = "`otherwise` can never be taken: `no_match` and `no_input` cover both cases"
    BELOW_ONE = "`{field}` must be at least 1"
    NOT_ABOVE_ZERO = "`{field}` must be more than 0"
    NOT_A_KEY = "`{field}` must be one key (0–9, * or #), not “{value}”"

    # verbs
    SAYS_NOTHING = "this step says nothing: give it a `text` or a `file`"
    OFFERS_NOTHING = "this menu offers nothing: `options` is empty"
    OPTION_UNCHOOSABLE = "an option needs a `digit` or `phrases`, or nobody can choose it"
    PHRASE_TAKEN = "the phrase “{name}” is already taken by option {option}"
    DIGIT_TAKEN = "the digit {name} is already taken by option {option}"
    PHRASE_WITHOUT_WORDS = "a phrase without words can never be heard"
    MIN_DIGITS_OUT_OF_RANGE = "`min_digits` must be at least 1 and at most `max_digits`"
    MORE_DIGITS_THAN_FIT = "`pattern` fits at most {most} digits"
    LOOKUP_TOO_LONG = "`wait_s` must be between 0 and 10 seconds: the caller hears nothing meanwhile"
    OFFER_TIMES = "`after_s` must not be below 0, and `confirm_s` must be more than 0"
    ANNOUNCED_TOO_OFTEN = "announcements need time: `every_s` at least 5, `first_after_s` at least 1"
    NEED_OUT_OF_RANGE = "a skill's level is 1 to 5, not {level}"
    PRIORITY_NOT_A_NUMBER = "`priority` must be a number or use a variable, not “{value}”"
    PRIORITY_OUT_OF_RANGE = "`priority` must be between -{most} and {most}"
    SETS_NOTHING = "this step sets nothing: `values` is empty"
    HOLIDAY_NEVER_TAKEN = "`holiday` can never be taken: `holidays` names no country"
    DECIDES_NOTHING = "this step decides nothing: `cases` is empty"
    CASE_WITHOUT_TEST = "a case needs a test of `{name}`: one of {tests}"
