"""Starting a service for a resident: the conversation goes back to the bot, which begins it as if they had asked.

What was open before the clerk came stays behind it. What is started is a message like a button's press, in the same
transaction: a turn follows, or nothing has happened.
"""

from desk.contract.errors import Conflict, NotFound
from desk.contract.messages import Text
from desk.contract.staff import Actor
from desk.conversations.service import wish
from desk.kill_switch.service import silent_in
from desk.tickets import notices
from desk.tickets.room import insist_conversation, insist_owned
from desk.tickets.rows import TicketRow
from desk.tickets.service import Clerks


class Starting:
    """Starting services."""

    def __init__(self, clerks: Clerks) -> None:
        self._clerks = clerks

    async def start(self, actor: Actor, ticket_id: int, service: str, title: str) -> TicketRow:
        """Hand back with a service started. `title` is the key of its name.

        Raises:
            NotFound: there is no such ticket, or the city does not offer the service.
            NotPermitted: the actor may not answer it.
            Conflict: this clerk has not claimed it, the bot may not speak, or all was erased.
        """
        async with self._clerks.act(actor, ticket_id) as act:
            insist_owned(act, "handed back")
            conversation = insist_conversation(act)
            city = act.cities.get(conversation.city)
            if city is None or service not in city.services:
                raise NotFound(f"{conversation.city} offers no service {service!r}.")
            if await silent_in(act.connection, conversation.id):
                raise Conflict("The bot may not speak here now.", said=Text(key="console.error_ticket_silent"))
            await self._clerks.end_handed_back(act)
            act.tell_state()
            act.say(notices.started(act.ticket.reference, title))
            await wish(act.connection, conversation, f"/{service}")
            act.done("handed_back", "ticket.start_service", service=service)
        return act.ticket
