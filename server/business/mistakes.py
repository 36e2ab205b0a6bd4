"""What can be wrong with a configuration and with numbers, as codes with their sentences (`core.problems.Mistake`)."""

from __future__ import annotations

from core.problems import Mistake


class ConfigurationMistake(Mistake):
    NOT_A_CONFIGURATION = "a configuration is a mapping with {names}"
    VALUE_DOES_NOT_FIT = "a value in `{field}` does not fit"

    # names
    UNKNOWN_QUEUE = "there is no queue “{name}”"
    UNKNOWN_SKILL = "there is no skill “{name}”"
    UNKNOWN_ATTRIBUTE = "there is no attribute “{name}”"
    UNKNOWN_SKILL_OR_ATTRIBUTE = "there is no skill or attribute “{name}”"
    UNKNOWN_HOURS = "there are no opening hours “{name}”"
    UNKNOWN_CHANNEL = "there is no channel “{name}”"
    NOT_AN_ID = "“{name}” is not an id: letters, digits, “_”, “-” and “.”, beginning with a letter, at most 64"
    RESERVED_WORD = "“{name}” is a word of conditions and cannot be an id"
    ID_OF_A_SKILL = "“{name}” is the id of a skill already"
    NAME_MISSING = "a name is needed: people read it"
    NAME_TOO_LONG = "this has {length} characters, at most {most} fit on a screen"
    HIDDEN_CHARACTERS = "this holds characters that nobody sees or that turn the text beside them"
    GIVEN_TWICE = "“{name}” is given twice"
    VALUES_WITHOUT_TEXT = "only a text has a list of allowed values"
    LEVEL_OUT_OF_RANGE = "{level} is not a level: levels are 1 to 5"
    ATTRIBUTE_OF_ANOTHER_KIND = "“{name}” must be {kinds}"
    NUMBER_TOO_LARGE = "a number is at most {most}"
    VALUE_NOT_ALLOWED = "“{value}” is none of {values}"

    # conditions
    SKILL_WITHOUT_LEVEL = "“{name}” is a skill; compare its level, as in {name} >= 3"
    ATTRIBUTE_USED_OTHERWISE = "“{name}” is {kinds}, here it is used as {use}"
    VALUE_NEVER_HELD = "“{value}” is none of the values of “{name}”: {values}"
    NEVER_TRUE = "the condition can never be true: {condition}"
    NEVER_TRUE_WITH_SKILLS = "the condition can never be true together with the required skills: {condition}"

    # quantities
    OUT_OF_RANGE = "`{field}` must be from {least} to {most}, not {value}"
    LESS_THAN_AMBER = "`{field}` ({now}) must not be less than `{other}` ({soon})"
    MORE_THAN_AMBER = "`{field}` ({now}) must not be more than `{other}` ({soon})"
    ADMINISTRATORS_MAY_ALL = "an administrator may do everything: only scopes can be set"
    NOT_A_PREFIX = "“{name}” is not the beginning of a number: digits, after a plus the country's first, as in +44 or 20"
    STEP_AT_ONCE = "a step must begin later than 0 s: what holds from the start is the queue's own"
    STEP_BEFORE_THE_LAST = "a step must begin later than {least} s, when the step before it begins"
    STEP_AFTER_THE_END = "this step never comes: the work has ended after `max_wait_s`, {most} s"

    # overflow
    OVERFLOW_ASKS = "work that flows over follows the other queue's rules: a step that overflows asks for nothing itself"
    STEP_AFTER_OVERFLOW = "this step never comes: the work has flowed over to “{name}” before"
    OVERFLOW_INTO_CLOSED = "“{name}” is never open while “{queue}” is: nothing flows over into a closed queue"
    OVERFLOW_IN_A_CIRCLE = "overflow goes round in a circle, and work with it for ever: {way}"

    # who can do it
    NOBODY_SERVES = "nobody serves “{name}”: give the queue to an agent"
    NOBODY_HAS_SKILL = "no agent has the skill “{name}”"
    NOBODY_HAS_LEVEL = "no agent has “{name}” at level {level}; the best has {best}"
    RULE_NEVER_MATCHES = "this rule can never match: no agent of “{name}” has {rule}"
    SHIFT_INCOMPLETE = "a shift needs `days` and `hours`"

    # outcomes
    OUTCOMES_MISSING = "the queue “{name}” is left without any outcome"
    TOO_MANY_OUTCOMES = "at most {most} outcomes fit on one level"
    OUTCOME_TOO_LONG = "at most {most} characters"
    SEPARATOR_IN_NAME = "“ › ” stands between the two levels and cannot be in a name"


class UseMistake(Mistake):
    """Between flows and what they find here."""

    FILE_ABSENT = "there is no file “{name}” in the data directory"
    FILE_OUTSIDE = "“{name}” lies outside the data directory"
    FILE_NOT_WAV = "“{name}” is not a WAV file with 16 bits, one channel and 8 or 16 kHz"
    NEVER_HEARD = "“{name}” would never be heard: the speech model does not know {words}"
    NO_MODEL = "there is no speech model for {languages}: callers in that language choose by key only"
    OTHER_FLOW = "this is the flow “{name}”: its id cannot be changed"
    QUEUE_IN_USE = "the queue “{name}” is used by the flow “{flow}” (version {version}, line {line})"
    SKILL_IN_USE = "the skill “{name}” is used by the flow “{flow}” (version {version}, line {line})"


class NumberMistake(Mistake):
    NOT_A_NUMBER = "“{name}” is not a telephone number, extension or beginning of numbers (such as +4420718387*)"
    TAKEN = "{name} has a flow already: {flow}"
    UNKNOWN_TRUNK = "there is no trunk “{name}”"
    UNKNOWN_FLOW = "there is no flow “{name}”"
    NOT_PUBLISHED = "the flow “{name}” has no published version yet"
    NOT_A_LANGUAGE = "“{name}” is not a language code such as en or zh"
    NOT_SPOKEN = "the flow “{flow}” does not speak “{name}”; it speaks {languages}"
