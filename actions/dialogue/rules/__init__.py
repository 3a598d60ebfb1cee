"""What is answered whatever service is in front: one file a command, in the order of this table.

A rule answers what a message surely is in its situation, or says None: then the next one is asked, and at last the
service that is talked about. It parses nothing again. A new command is a file here and a line of the table.
"""

from actions.dialogue.rules import (
    ask_about_the_matter,
    ask_account,
    ask_hours,
    ask_payment,
    ask_phone,
    what_i_have,
)
from actions.dialogue.rules.rule import At, Rule

__all__ = ["RULES", "At", "Rule"]

RULES: tuple[Rule, ...] = (
    ask_account.RULE,
    ask_phone.RULE,
    ask_hours.RULE,
    ask_payment.RULE,
    ask_about_the_matter.RULE,
    what_i_have.RULE,
)
