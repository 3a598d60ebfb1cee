"""What a sentence has and a name has not: grammar. Closed classes of the language, not phrases. Simplified.

A name of a person or a place that holds one of these is none: 麻煩晒, 要钱吗, "thank you".
"""

from __future__ import annotations

_SENTENCE_HAN = (
    "我你您他她它们咱哋佢",  # pronouns
    "谁咩啥乜怎吗么呢",  # questions
    "的了啊呀啦喇咯喎噃㗎吖咁嘅咗啲嘢系喺哦噢嗯唉晒",  # particles of Mandarin and Cantonese
    "不没冇唔勿",  # negations
    "要请谢烦",  # wishes and thanks
)
_GRAMMAR = (
    "这那哪每各某何个些几点期",  # what points, asks and counts
    "着过吧很还就又太最更已后只",  # adverbs, and particles that names of places have
    "是被把给该对",  # auxiliaries, and what agrees
)
_ACTS = (
    "苦查违问办改换取消退付交缴报答说讲看睇吃用做等找搵叫买卖停坐填写打收去走到决释便",  # what is done
    "钱块号码线口站车票证件卡机话网费单额位度候间分秒刻昨半处侧",  # what is dealt in
    "院楼室区店街牌次条部头色上下",
)
SENTENCE_HAN = frozenset("".join(_SENTENCE_HAN))
"""Characters of sentences and courtesies, which no place holds that does not say what kind of place it is."""
GRAMMAR = SENTENCE_HAN | frozenset("".join(_GRAMMAR))
"""Characters of grammar, which no name of a person holds, in whatever language it is one."""
NOT_IN_NAMES = GRAMMAR | frozenset("".join(_ACTS))
"""Characters that no given name holds."""

LAUGHTER = r"(?:[哈呵嘿嘻嗨吼]{2,}|(?<![a-z])(?:(?:ha|he|hi){2,}h?|lol)(?![a-z]))"
"""Laughter, as part of a pattern: no name holds it, though 哈 is in some."""

PRONOUNS = "i me my mine you your yours we us our they them their it its someone anyone nobody"
AUXILIARIES = (
    "am is are was were be been do does did don't doesn't didn't have has had can can't could would shall should must"
    " might won't isn't wasn't i'm it's let"
)
INTERJECTIONS = "yes no nope ok okay hello hi hey please thanks thank sorry cheers welcome bye sure right alright"
QUESTIONS = "what where when who whom whose why how which"
NEGATIONS = "not never none nothing neither nor"
_JOINTS = (
    "a the and or but if of on in at to for from with by about as than then there here this that these those now again"
    " all any some more most much many very too also only just already later back"
)
SENTENCE = frozenset(" ".join((PRONOUNS, AUXILIARIES, INTERJECTIONS, QUESTIONS, NEGATIONS)).split())
"""English words of which a sentence or a courtesy is made, in small letters."""
ENGLISH = SENTENCE | frozenset(_JOINTS.split())
"""With what joins words, too: "the" may begin a place, and no name of a person."""
