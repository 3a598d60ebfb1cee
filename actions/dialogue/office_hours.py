"""When an office is open, asked whatever else is going on: answered from the city file. May not know any service.

Sentences are data, matched from end to end. Whose hours are meant: those of the agency whose service is in front, else
of what was shown last, else of the account. What is open stays open.
"""

import re
from datetime import date

from pydantic import JsonValue

from actions.dialogue import replies as say
from actions.dialogue import stack
from actions.dialogue.hours import hours_text
from actions.dialogue.offer import Offer
from actions.dialogue.outcome import Outcome
from actions.dialogue.session import Session
from actions.dialogue.turn import Turn
from actions.fields.days import mentions
from actions.transit.naming import simplified
from desk.cities import Agency
from desk.messages import Reply

LONGEST = 40
APPOINTMENT, GUIDE = "appointment", "guide"
"""Kinds: days of an appointment are what its office says is free; a guide knows the hours of its own agency."""

_WHO = (
    r"(?:你们|你|您|你哋|他们|佢哋|这里|这边|那里|那边|呢度|嗰度|单位|窗口|大厅|服务大厅|办事大厅|办事处|登记处"
    r"|中心|局里|医院|银行|人工)?(?:的)?"
)
_DAY = (
    r"(?:在)?(?:今天|今日|明天|听日|后天|大后天|周末|双休日|节假日|假日|放假|法定节假日|国庆节?|五一|元旦|春节|端午节?|中秋节?|清明节?"
    r"|(?:这|下|下个|这个)?(?:周|星期|礼拜)[一二三四五六日天]|\d{1,2}月\d{1,2}[日号]|中午|晚上)?(?:的)?(?:时候)?"
)
_WHEN = r"(?:几点(?:钟)?|什么时候|啥时候|几时|乜嘢时间|什么时间|到几点|几点到几点)"
_OPENS = r"(?:上班|下班|返工|放工|收工|开门|关门|办公|营业|休息|对外服务|受理|有人)"
_ZH = re.compile(
    rf"(?:请问|那|噉|咁)?(?:一下)?{_WHO}{_DAY}{_WHO}(?:都|还|一般|通常)?{_WHEN}(?:开始|就)?{_OPENS}"
    rf"|(?:请问|那|噉|咁)?{_WHO}{_DAY}{_WHO}(?:都|还|会|照常|是不是|有冇|有没有|会不会)?(?:还)?(?:上班|返工|开门|办公|营业|休息|有人(?:在|上班)?|受理)"
    rf"(?:还是休息)?(?:吗|么|嘛|咩|不|没有|唔|未)?(?:上班|办公)?"
    rf"|(?:请问|那)?{_WHO}(?:的)?(?:上班|下班|办公|营业|工作|开放|受理)时间(?:是|系)?(?:什么(?:时候)?|多少|几点(?:到几点)?|点样|怎样|怎么样)?"
)
_DAY_EN = (
    r"(?: (?:on |at |over )?(?:the )?(?:today|tomorrow|weekends?|holidays?|public holidays?|(?:this |next )?"
    r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)s?|lunch(?:time)?|national day|new year['’]?s day))?"
)
_WHO_EN = r"(?:you|u|they|it|(?:the|your|this) (?:office|counter|hall|registry|centre|center|hospital|bureau|staff))"
_EN = re.compile(
    rf"(?:and |but |so |ok(?:ay)?,? )?(?:(?:at )?what time|when|until when|how late)"
    rf" (?:do|does|are|is|will) {_WHO_EN}(?: guys)?(?: be)? (?:open|close|closed|start|finish)(?: work)?{_DAY_EN}"
    rf"|(?:and |but |so )?(?:are|is|will) {_WHO_EN}(?: guys)?(?: be)? (?:open|closed|working){_DAY_EN}"
    rf"|(?:and |but |so )?(?:do|does) {_WHO_EN} (?:open|close|work){_DAY_EN}"
    rf"|(?:what(?:['’]s| are| is) )?(?:the |your |their )?(?:opening|office|working|business)"
    rf" (?:hours?|times?){_DAY_EN}"
)
_SIGNS = re.compile(r"^[\s,，。.、]+|[\s？?。.!！,，~～…啊呀呢哦喔㗎架嘅的]+$")


def told(turn: Turn, session: Session, offer: Offer) -> Outcome | None:
    """The hours, if the sentence asks for them."""
    if turn.kind != "text" or len(turn.text) > LONGEST:
        return None
    said = _SIGNS.sub("", simplified(turn.text).casefold())
    if not said or (_ZH.fullmatch(said) is None and _EN.fullmatch(said) is None):
        return None
    frame = session.front or (session.finished[-1] if session.finished else None)
    kind = None if frame is None else offer.declared[frame.service].kind
    if kind == GUIDE:
        return None
    if frame is None:
        agency = offer.account_agency(turn.city, turn.channel)
    else:
        divided = turn.city.services[frame.service].agencies
        option = next((value for value in frame.values.values() if value in divided), None)
        agency = turn.city.responsible(frame.service, option if isinstance(option, str) else None)
    return stack.returned(session, turn, (_reply(turn, agency, kind),), offer) if agency.hours else None


def _reply(turn: Turn, agency: Agency, kind: str | None) -> Reply:
    args: dict[str, JsonValue] = {**say.agency_args(agency), "hours": say.nested(hours_text(agency.hours))}
    if kind == APPOINTMENT:
        return Reply(key="common.office_hours_of_bookings", args=args)
    day = _day(turn)
    if day is None:
        every_day = {one for hours in agency.hours for one in hours.days} == set(range(1, 8))
        return Reply(key="common.office_hours_every_day" if every_day else "common.office_hours", args=args)
    then = turn.city.hours_on(agency, day)
    args |= {"date": {"date": day.isoformat()}}
    if not then:
        return Reply(key="common.office_closed_on", args=args)
    spans = (
        say.text("common.office_span").model_copy(
            update={"args": {"opens": {"time": f"{one.opens:%H:%M}"}, "closes": {"time": f"{one.closes:%H:%M}"}}}
        )
        for one in then
    )
    return Reply(key="common.office_open_on", args=args | {"hours": say.listed(spans, "and")})


def _day(turn: Turn) -> date | None:
    days = [one.day for one in mentions(turn.text, turn.now.date()) if one.day is not None]
    return days[0] if days else None
