"""Who answers a turn: the rules in the order in which they are asked, one file a command or a kind of them.

A rule answers, and ends the turn; or it says what the turn means, and the next ones hear that; or it passes. It parses
nothing again. A new command is a file here and a line of the table; a question about what is talked of, or about the
account, is a line of `question.ANSWERS`.
"""

from actions.dialogue.rules import (
    account,
    answer,
    documents,
    fact,
    in_line,
    knowing,
    made,
    matter,
    meant,
    move,
    not_understood,
    pay,
    place,
    question,
    refused,
    settle,
    several,
    unreadable,
    waiting,
    wish,
)
from actions.dialogue.rules.rule import At, Rule

__all__ = ["RULES", "At", "Rule"]

RULES: tuple[Rule, ...] = (
    Rule("a clerk is waited for", in_line.run),
    Rule("a fact is chosen", fact.chosen),
    Rule("what was meant is chosen", meant.chosen),
    Rule("several things in one message", several.run),
    Rule("another document than an identity card", documents.run),
    Rule("somebody wants to know something", knowing.run),
    Rule("a question that it surely is", question.run),
    Rule("the last answer is wanted again", waiting.again),
    Rule("a moment is asked for", waiting.moment),
    Rule("haste", waiting.haste),
    Rule("a question of the dialogue itself is awaited no longer", settle.begin),
    Rule("a place is shared", place.run),
    Rule("which city", settle.city),
    Rule("whether to link", settle.link),
    Rule("which booking", settle.booking),
    Rule("the fee or the booking", settle.fee_or_booking),
    Rule("which topic", settle.topic),
    Rule("what the place is for", settle.what_with_place),
    Rule("a file", unreadable.file),
    Rule("signs without a word", unreadable.signs),
    Rule("try again", unreadable.try_again),
    Rule("a typed command", unreadable.command),
    Rule("another manner of talking", account.manners),
    Rule("another channel", account.link),
    Rule("asides on the account", account.asides),
    Rule("a service is refused by name", refused.run),
    Rule("news of what was made", made.news),
    Rule("a change of what is only being made", made.in_the_making),
    Rule("what is due is paid", pay.due),
    Rule("an open order is paid", pay.order),
    Rule("put off", waiting.later),
    Rule("an answer to what is asked", matter.asked),
    Rule("an answer to what waits", matter.waiting),
    Rule("whether to erase", settle.erase),
    Rule("more of what was shown", matter.shown),
    Rule("a payment made elsewhere", made.payment_elsewhere),
    Rule("cancel, with nothing in progress", made.called_off),
    Rule("a move", move.run),
    Rule("another time for what was booked", made.moved),
    Rule("how something stands, or another time for it", wish.in_hand),
    Rule("a service is wished", wish.run),
    Rule("a city is named", move.named_city),
    Rule("yes, no, a choice, a correction", answer.run),
    Rule("not understood", not_understood.run),
)
